import type { EntryBody, LedgerEntry } from './entry.ts';
import { fieldsIn, type Link } from './verifier/line.ts';

/** Fields that came later: an entry from before says nothing of them. */
const absentOnce = { bulk: null, spooled: null };

/**
 * The entry in a line whose form and hash were checked: what stands there was let in by the schema when it was written.
 * Fields that a newer till added are kept as they are.
 */
export function entryIn(line: Buffer, { seq, prev, hash }: Link): LedgerEntry {
  const entry = fieldsIn(line) as unknown as Omit<EntryBody, keyof typeof absentOnce>;
  return { seq, ...absentOnce, ...entry, prev, hash };
}
