import { exitCodes, TillError } from '#text/till-error.ts';
import type { LedgerState } from '../state.ts';
import { checkpointIn } from '../verifier/checkpoint.ts';
import type { HeldNote } from '../verifier/evidence.ts';
import { noteIn } from '../verifier/note.ts';

/** The largest checkpoint of those that no recorded break speaks of yet, where it is of more entries than there are. */
export function seenBeyond(
  notes: readonly HeldNote[],
  size: number,
  { epochs }: Pick<LedgerState, 'epochs'>,
): { readonly anchor: string; readonly size: number } | null {
  const told = Math.max(0, ...[...epochs.values()].map(({ anchored }) => anchored.size));
  const [newest] = notes
    .flatMap(({ note, anchor }) => {
      const parsed = noteIn(note);
      const checkpoint = parsed === null ? null : checkpointIn(parsed);
      return checkpoint === null ? [] : [{ anchor, size: checkpoint.size }];
    })
    .filter((seen) => seen.size > size && seen.size > told)
    .sort((a, b) => b.size - a.size);
  return newest ?? null;
}

/** A database that was set back has forgotten who was locked and what was revoked: nobody is elevated by it (facts: access-audit.md §3.6). */
export function wentBack(size: number, seen: { readonly anchor: string; readonly size: number }): TillError {
  const lost = seen.size === size + 1 ? `entry ${seen.size} is` : `entries ${size + 1} to ${seen.size} are`;
  return new TillError(
    `the ledger was set back: ${seen.anchor} has seen ${seen.size} entries and ${size} are here, so ${lost} lost; nothing is elevated until two people have acknowledged it`,
    {
      exit: exitCodes.refused,
      reason: 'ledger-went-back',
      target: seen.anchor,
      next: '`till ledger epoch open --reason "what happened"`, then two people `till ledger epoch acknowledge`',
    },
  );
}
