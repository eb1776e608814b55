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
  const kept = sifted(draft, '', (text, path) => {
    const machine = lenient || isMachineWord(path);
    const cleaned = clean(machine ? text.toWellFormed() : text);
    const what = secretIn(cleaned) ?? (namesSecret(path) && cleaned !== '' ? 'a secret' : null);
    if (what !== null && !machine) {
      throw new TillError(`the ${path} looks as if it holds ${what}; the ledger cannot forget`, {
        exit: exitCodes.usage,
        reason: 'secret-in-text',
        target: path,
        next: 'say it again without the secret',
      });
    }
    if (what !== null) {
      redacted.push(path);
    }
    const safe = what === null ? cleaned : secretIn(cleaned) === null ? redactedMark : withoutSecrets(cleaned);
    return machine ? shortened(safe, path) : safe;
  });
  const { success, issues, output } = v.safeParse(draftSchema, kept);
  if (!success) {
    const [issue] = issues;
    const path = v.getDotPath(issue) ?? draft.kind;
    throw new TillError(`the ledger does not let this in: ${path}: ${issue.message}`, {
      exit: exitCodes.usage,
      reason: 'entry-invalid',
      target: path,
      next: 'shorten or correct it and try again',
    });
  }
  return { draft: output, redacted };
}

/** What a system said, as opposed to what a person typed. */
function isMachineWord(path: string): boolean {
  return /^(?:plan|outcome|target)(?:\.|$)/.test(path);
}

/** The same value with every text in it passed through `text`; numbers and shape stay. */
function sifted(value: unknown, path: string, text: (text: string, path: string) => string): unknown {
  if (typeof value === 'string') {
    return text(value, path);
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => sifted(item, `${path}[${index}]`, text));
  }
  if (typeof value === 'object' && value !== null) {
    const field = 'field' in value && typeof value.field === 'string' && namesSecret(value.field);
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => {
        const place = path === '' ? key : `${path}.${key}`;
        // A change of a field that is a secret by its name: what it was and what it becomes stay out.
        const secret = field && (key === 'before' || key === 'after') && item !== null;
        return [clean(key), secret ? text('secret=‹›‹›', place) : sifted(item, place, text)];
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

function shortened(text: string, path: string): string {
  const most = longest.find(([place]) => place.test(path))?.[1] ?? limits.text;
  return text.length <= most ? text : `${text.slice(0, most - 1).toWellFormed()}…`;
}

/** What a client claims of itself, fit to be hashed: it is nobody's fault when a terminal's name is odd. */
export function admittedClaims({ app, person, tty, from, session }: Partial<Claimed>): Claimed {
  const safe = (text: string | null | undefined) =>
    text === null || text === undefined
      ? null
      : withoutSecrets(clean(text.toWellFormed())).slice(0, limits.name).toWellFormed();
  return { app: safe(app), person: safe(person), tty: safe(tty), from: safe(from), session: safe(session) };
}
