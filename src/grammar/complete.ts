import { clean } from '#text/clean.ts';
import type { Argument, Command, CommandEntry, Completion, Flag } from './command.ts';
import { findCommand } from './find.ts';
import { flagsOf } from './flags.ts';
import { wordsOf } from './parse.ts';

/** What may stand where the cursor is, with a few words about it. */
export interface Candidate {
  readonly text: string;
  readonly note: string;
}

export type Candidates = readonly Candidate[] | 'files';

/** Names that only an estate knows; read when one of them is wanted. */
export interface EstateNames {
  readonly tenant: readonly string[];
  readonly tier: readonly string[];
  readonly retailer: readonly string[];
  readonly cluster: readonly string[];
}

export interface CompletionParts {
  readonly commands: readonly CommandEntry[];
  /** `asked` is what was typed so far, for the estate it may name. */
  names(asked: readonly string[]): Promise<EstateNames>;
  /** What the sandbox can rehearse. */
  scenarios(): Promise<readonly Candidate[]>;
}

/** What fits the last of `words`; the words are those after `till`, the last one as far as it is typed. */
export async function candidatesFor(words: readonly string[], parts: CompletionParts): Promise<Candidates> {
  const typed = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const found = findCommand(before, parts.commands);
  const command = found.kind === 'command' ? await found.entry.load() : null;
  const flags = flagsOf(command);
  const source: Source = { names: () => parts.names(before), scenarios: parts.scenarios };

  const [, joinedFlag, joinedValue] = /^(--[^=]+)=(.*)$/su.exec(typed) ?? [];
  if (joinedFlag !== undefined && joinedValue !== undefined) {
    const flag = flags.find(({ name }) => `--${name}` === joinedFlag);
    const values = await valuesOf(flag?.completion, joinedValue, source);
    return values === 'files' ? [] : values.map(({ text, note }) => ({ text: `${joinedFlag}=${text}`, note }));
  }
  const waiting = flagThatWaits(before.at(-1), flags);
  if (waiting !== undefined) {
    return await valuesOf(waiting.completion, typed, source);
  }
  if (typed.startsWith('-')) {
    return matching(flagCandidates(flags), typed);
  }
  if (command !== null && found.kind === 'command') {
    return await valuesOf(placeOf(command, found.rest)?.completion, typed, source);
  }
  return matching(wordCandidates(before, parts.commands), typed);
}

/** A line a candidate: text, a tab, the note. `:files` asks the shell to complete files itself. */
export function completionText(candidates: Candidates): string {
  return candidates === 'files'
    ? ':files\n'
    : candidates.map(({ text, note }) => `${clean(text)}\t${clean(note)}\n`).join('');
}

interface Source {
  names(): Promise<EstateNames>;
  scenarios(): Promise<readonly Candidate[]>;
}

function flagThatWaits(word: string | undefined, flags: readonly Flag[]): Flag | undefined {
  return word === undefined
    ? undefined
    : flags.find(
        ({ name, short, value, bare }) =>
          value !== undefined && bare === undefined && (word === `--${name}` || word === `-${short}`),
      );
}

function flagCandidates(flags: readonly Flag[]): readonly Candidate[] {
  return flags.map(({ name, summary }) => ({ text: `--${name}`, note: summary }));
}

/** The first words of commands, or the second ones after a word that leads to others. */
function wordCandidates(before: readonly string[], entries: readonly CommandEntry[]): readonly Candidate[] {
  const [first] = wordsOf(before);
  const candidates = new Map<string, string>();
  for (const { name, summary } of entries) {
    const [word = '', second] = name.split(' ');
    if (first === undefined) {
      candidates.set(word, second === undefined ? summary : (candidates.get(word) ?? `${word} …`));
    } else if (first.text === word && second !== undefined) {
      candidates.set(second, summary);
    }
  }
  return [...candidates].map(([text, note]) => ({ text, note }));
}

/** The argument that the cursor stands at. */
function placeOf(command: Command, rest: readonly string[]): Argument | undefined {
  const places = command.arguments ?? [];
  const given = wordsOf(rest, flagsOf(command)).length;
  const last = places.at(-1);
  return places[given] ?? (last?.multiple === true ? last : undefined);
}

async function valuesOf(
  completion: Completion | undefined,
  typed: string,
  { names, scenarios }: Source,
): Promise<Candidates> {
  switch (completion) {
    case undefined:
    case 'environment':
    // A shell that waits for a store on every Tab would be of no use; the console knows them.
    case 'backup':
    case 'database':
      return [];
    case 'scenario':
      return matching(await scenarios(), typed);
    case 'file':
      return 'files';
    case 'tenant':
    case 'tier':
    case 'retailer':
    case 'cluster':
      return matching(plain((await names())[completion]), typed);
    case 'signal': {
      const { signals } = await import('#health/signals/index.ts');
      return matching(
        signals.map(({ name, title }) => ({ text: name, note: title })),
        typed,
      );
    }
    case 'action': {
      const { actions } = await import('#actions/definitions/index.ts');
      return matching(
        actions.map(({ name, title }) => ({ text: name, note: title })),
        typed,
      );
    }
    default:
      return matching(plain(completion), typed);
  }
}

function plain(texts: readonly string[]): readonly Candidate[] {
  return texts.map((text) => ({ text, note: '' }));
}

function matching(candidates: readonly Candidate[], typed: string): readonly Candidate[] {
  return candidates.filter(({ text }) => text.startsWith(typed));
}
