import { ReadFailure } from '#systems/source.ts';
import { WriteFailure } from '#systems/write-failure.ts';
import { clean } from '#text/clean.ts';
import { TillError } from '#text/till-error.ts';
import { ProgramFailure } from '../child.ts';

/** What went wrong, in a sentence for a person, with what would help where that is known. */
export function wordsOf(error: unknown, isStopped: boolean): string {
  if (isStopped) {
    return 'it was stopped';
  }
  if (error instanceof ProgramFailure) {
    return clean(error.message) + (hints.find(([pattern]) => pattern.test(error.message))?.[1] ?? '');
  }
  if (error instanceof TillError) {
    return clean(error.message) + (error.next === null ? '' : `; ${clean(error.next)}`);
  }
  if (error instanceof ReadFailure || error instanceof WriteFailure || error instanceof Error) {
    return clean(error.message);
  }
  return clean(String(error));
}

const hints: readonly (readonly [RegExp, string])[] = [
  [
    /lock timeout|statement timeout/,
    '; somebody holds a lock that a dump would queue behind, and everybody else behind it (a module upgrade?): try again when it is over',
  ],
  [/permission denied/, '; the login needs pg_read_all_data: till estate grants prints it'],
  [/malformed recipient|unknown recipient/, '; see `backups.recipients` in the estate'],
];
