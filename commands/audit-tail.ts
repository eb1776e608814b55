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
    const ledger = openLedger(await invocation.estate(), io.clock, io.env);
    try {
      const filter = await filterOf(invocation, ledger);
      const last: LedgerEntry[] = [];
      for await (const entry of ledger.newest({ ...filter, limit: limitOf(invocation, usualLimit) })) {
        last.unshift(entry);
      }
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
      let isOpen = await print(last, true);
      const from = (last.at(-1)?.seq ?? 0) + 1;
      for await (const entry of ledger.follow({ ...filter, fromSeq: from }, { signal: io.signal })) {
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
