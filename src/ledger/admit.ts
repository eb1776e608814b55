import * as v from 'valibot';
import { clean } from '#text/clean.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import { type Admitted, type Draft, draftSchema } from './draft.ts';
import { type Claimed, limits } from './entry.ts';
import { namesSecret, redactedMark, secretIn, withoutSecrets } from './secrets.ts';

export interface Admission {
  readonly draft: Admitted;
  readonly redacted: readonly string[];
}

/**
 * A draft as it may be hashed: control characters gone, within bounds, no field that the schema does not know, no secret.
 * What a person typed before anything happened is refused when it looks like a secret: they can say it again without. What
 * a system answered, and anything about what has already happened, is recorded with the secret replaced: an outcome
 * that could not be written would be worse than one with a hole in it (facts: access-audit.md §3.5).
 */
export function admit(draft: Draft): Admission {
  const redacted: string[] = [];
  const lenient = draft.kind === 'operation' && draft.phase !== 'intent';
  const kept = sifted(draft, '', (text, path, isSecret) => {
    const machine = lenient || isMachineWord(path);
    const cleaned = clean(machine ? shortened(text, 2 * longestAt(path)).toWellFormed() : text);
    const named = cleaned !== '' && (isSecret || (namesSecret(path) && !namesCredential(draft, path)));
    // A text longer than an entry is refused below, whatever is in it.
    const seen = cleaned.length > limits.entry ? null : secretIn(cleaned);
    if ((named || seen !== null) && !machine) {
      throw looksSecret(path, seen ?? 'a secret');
    }
    if (named || seen !== null) {
      redacted.push(path);
    }
    const safe = named ? redactedMark : seen === null ? cleaned : withoutSecrets(cleaned);
    return machine ? shortened(safe, longestAt(path)) : safe;
  });
  const { success, issues, output } = v.safeParse(draftSchema, kept);
  if (!success) {
    const [issue] = issues;
    const path = v.getDotPath(issue) ?? draft.kind;
    throw notLetIn(path, issue.message);
  }
  return { draft: output, redacted };
}

/** A reason that stands alone, under the same rules. */
export function admittedReason(text: string): string {
  const cleaned = clean(text).trim();
  if (cleaned === '' || cleaned.length > limits.reason) {
    throw notLetIn('reason', cleaned === '' ? 'not empty' : `at most ${limits.reason} characters`);
  }
  const seen = secretIn(cleaned);
  if (seen !== null) {
    throw looksSecret('reason', seen);
  }
  return cleaned;
}

function looksSecret(path: string, what: string): TillError {
  return new TillError(`the ${path} looks as if it holds ${what}; the ledger cannot forget`, {
    exit: exitCodes.usage,
    reason: 'secret-in-text',
    target: path,
    next: 'say it again without the secret',
  });
}

function notLetIn(path: string, why: string): TillError {
  return new TillError(`the ledger does not let this in: ${path}: ${why}`, {
    exit: exitCodes.usage,
    reason: 'entry-invalid',
    target: path,
    next: 'shorten or correct it and try again',
  });
}

/** A grant's credentials are spoken of by their names, which are no secrets. */
function namesCredential({ kind }: Draft, path: string): boolean {
  return kind === 'grant' && path.startsWith('params.credentials');
}

/** What a system said, as opposed to what a person typed. */
function isMachineWord(path: string): boolean {
  return /^(?:plan|outcome|target)(?:\.|$)/.test(path);
}

type Sift = (text: string, path: string, isSecret: boolean) => string;

/** The same value with every text in it passed through `sift`; numbers and shape stay. */
function sifted(value: unknown, path: string, sift: Sift, isSecret = false): unknown {
  if (typeof value === 'string') {
    return sift(value, path, isSecret);
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => sifted(item, `${path}[${index}]`, sift, isSecret));
  }
  if (typeof value === 'object' && value !== null) {
    // A change of a field that is a secret by its name: what it was and what it becomes stay out.
    const changesSecret = 'field' in value && typeof value.field === 'string' && namesSecret(value.field);
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => {
        const within = isSecret || (changesSecret && (key === 'before' || key === 'after'));
        return [clean(key), sifted(item, path === '' ? key : `${path}.${key}`, sift, within)];
      }),
    );
  }
  return value;
}

const longest: readonly (readonly [RegExp, number])[] = [
  [/(?:^|\.)(?:message|wayOut)$/, limits.message],
  [/^reason$/, limits.reason],
  [/\.(?:reason|by|health|owner)$/, limits.name],
];

function longestAt(path: string): number {
  return longest.find(([place]) => place.test(path))?.[1] ?? limits.text;
}

function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).toWellFormed()}…`;
}

/** What a client claims of itself, fit to be hashed: it is nobody's fault when a terminal's name is odd. */
export function admittedClaims({ app, person, tty, from, session }: Partial<Claimed>): Claimed {
  const safe = (text: string | null | undefined) =>
    text === null || text === undefined
      ? null
      : shortened(withoutSecrets(clean(shortened(text, limits.text).toWellFormed())), limits.name);
  return { app: safe(app), person: safe(person), tty: safe(tty), from: safe(from), session: safe(session) };
}
