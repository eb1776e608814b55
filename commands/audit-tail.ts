import { openLedger } from '#actions/context.ts';
import type { Command } from '#grammar/command.ts';
import { printList } from '#grammar/output.ts';
import type { LedgerEntry } from '#ledger/entry.ts';
import { exitCodes } from '#text/till-error.ts';
import { entryColumns, entryFields } from './auditing/entries.ts';
import { filterFlags, filterOf, limitOf, sayRead } from './auditing/filter.ts';

const usualLimit = 10;

export const command: Command = {
  name: 'audit tail',
  summary: 'Print the newest entries, then each that comes, until Ctrl-C',
  group: 'read',
  examples: [{ line: 'till audit tail -o jsonl', note: 'an entry a line, for a collector' }],
  flags: filterFlags.filter(({ name }) => name !== 'until'),
  async run(invocation) {
    const { io } = invocation;
    await io.follows?.();
    const ledger = openLedger(await invocation.estate(), io.clock, io.env);
    try {
      const filter = await filterOf(invocation, ledger);
      const limit = limitOf(invocation, usualLimit);
      // What is shown first ends here, and what follows begins right after it: nothing may be written in between unseen.
      const [newest] = await collected(ledger.newest({ limit: 1 }));
      const head = newest?.seq ?? 0;
      const last = await collected(ledger.newest({ ...filter, toSeq: head, limit }));
      await sayRead('audit tail', filter, ledger, invocation);
      const print = (items: readonly LedgerEntry[], titles: boolean) =>
        printList(invocation, {
          kind: 'LedgerEntryList',
          items,
          columns: entryColumns,
          fields: entryFields,
          name: ({ id }) => id,
          isStream: true,
          titles,
        });
      let isOpen = await print(last.reverse(), true);
      for await (const entry of ledger.follow({ ...filter, fromSeq: head + 1 }, { signal: io.signal })) {
        isOpen = isOpen && (await print([entry], false));
        if (!isOpen) {
          break;
        }
      }
      return exitCodes.ok;
    } finally {
      await ledger.close();
    }
  },
};

async function collected(entries: AsyncIterable<LedgerEntry>): Promise<LedgerEntry[]> {
  const all: LedgerEntry[] = [];
  for await (const entry of entries) {
    all.push(entry);
  }
  return all;
}
