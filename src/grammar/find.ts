import { suggest } from '#text/suggest.ts';
import type { TillError } from '#text/till-error.ts';
import type { CommandEntry } from './command.ts';
import { type Word, wordsOf } from './parse.ts';
import { usageError } from './usage-error.ts';

/** What the first words of argv name. */
export type Found =
  | { readonly kind: 'command'; readonly entry: CommandEntry; readonly rest: readonly string[] }
  /** `till estate`: a word that only leads to others. */
  | { readonly kind: 'family'; readonly word: string; readonly members: readonly CommandEntry[] }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'unknown'; readonly error: TillError };

/** Sub-words are commands whose name has a space: the longest name that the first words spell wins. */
export function findCommand(argv: readonly string[], entries: readonly CommandEntry[]): Found {
  const words = wordsOf(argv);
  const [first, second] = words;
  if (first === undefined) {
    return { kind: 'nothing' };
  }
  const pair = second === undefined ? undefined : entries.find(({ name }) => name === `${first.text} ${second.text}`);
  if (pair !== undefined) {
    return { kind: 'command', entry: pair, rest: without(argv, words.slice(0, 2)) };
  }
  const single = entries.find(({ name }) => name === first.text);
  if (single !== undefined) {
    return { kind: 'command', entry: single, rest: without(argv, [first]) };
  }
  const members = entries.filter(({ name }) => name.startsWith(`${first.text} `));
  if (members.length > 0 && second === undefined) {
    return { kind: 'family', word: first.text, members };
  }
  return { kind: 'unknown', error: unknownCommand(first.text, second?.text, members.length > 0, entries) };
}

function without(argv: readonly string[], words: readonly Word[]): readonly string[] {
  return argv.filter((_, index) => !words.some((word) => word.index === index));
}

function unknownCommand(
  first: string,
  second: string | undefined,
  isFamily: boolean,
  entries: readonly CommandEntry[],
): TillError {
  const names = entries.map(({ name }) => name);
  const typed = isFamily && second !== undefined ? `${first} ${second}` : first;
  const meant =
    suggest(typed, isFamily ? names : [...names, ...names.map((name) => name.split(' ')[0] ?? name)]) ??
    (second === undefined ? undefined : suggest(`${first} ${second}`, names));
  return usageError(
    `till has no command "${typed}"`,
    isFamily ? { name: first } : null,
    meant === undefined ? undefined : `did you mean: till ${meant}`,
  );
}
