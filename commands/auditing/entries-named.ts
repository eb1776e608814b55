import type { LedgerEntry } from '#ledger/entry.ts';
import type { Ledger } from '#ledger/ledger.ts';
import type { Filter } from '#ledger/query.ts';
import { clean } from '#text/clean.ts';
import { exitCodes, TillError } from '#text/till-error.ts';

export function filterFor(text: string): Filter {
  return /^\d+$/u.test(text) ? { fromSeq: Number(text), toSeq: Number(text) } : {};
}

/** The entries that a number, an id or an operation's id mean; the beginning of an id is enough where it means one. */
export async function entriesNamed(text: string, ledger: Ledger): Promise<readonly LedgerEntry[]> {
  const beginning = text.toUpperCase();
  const found: LedgerEntry[] = [];
  for await (const entry of ledger.entries(filterFor(text))) {
    const ids = [entry.id, entry.operation ?? ''];
    if (/^\d+$/u.test(text) || ids.some((id) => id.startsWith(beginning))) {
      found.push(entry);
    }
  }
  const operations = new Set(found.map(({ operation, id }) => operation ?? id));
  if (found.length > 0 && operations.size === 1) {
    return found;
  }
  throw new TillError(
    found.length === 0 ? `the ledger has no entry "${clean(text)}"` : `"${clean(text)}" means more than one thing`,
    { exit: exitCodes.usage, reason: 'unknown-entry', target: clean(text), next: 'till audit list' },
  );
}
