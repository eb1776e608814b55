import type { Link } from './chain.ts';
import type { EntryBody, LedgerEntry } from './entry.ts';

/** Fields that came later: an entry from before says nothing of them. */
const absentOnce = { bulk: null, spooled: null };

/**
 * The entry in a line whose form and hash were checked: what stands there was let in by the schema when it was written.
 * Fields that a newer till added are kept as they are.
 */
export function entryIn(line: Buffer, { seq, prev, hash }: Link): LedgerEntry {
  const { entry } = JSON.parse(line.toString('utf8')) as { readonly entry: Omit<EntryBody, keyof typeof absentOnce> };
  return { seq, ...absentOnce, ...entry, prev, hash };
}
