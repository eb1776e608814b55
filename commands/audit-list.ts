import { openLedger } from '#actions/context.ts';
import type { Command } from '#grammar/command.ts';
import { printList } from '#grammar/output.ts';
import type { LedgerEntry } from '#ledger/entry.ts';
import { exitCodes } from '#text/till-error.ts';
import { entryColumns, entryFields } from './auditing/entries.ts';
import { filterFlags, filterOf, limitOf, sayRead } from './auditing/filter.ts';

const usualLimit = 50;

export const command: Command = {
  name: 'audit list',
  summary: 'List what the ledger holds, newest first: who did what, why, and what came of it',
  group: 'read',
  examples: [
    { line: 'till audit list --tenant maple-toys --since 7d', note: 'a week of one tenant' },
    { line: 'till audit list --action "terminate-*" -o jsonl', note: 'for a script' },
  ],
  flags: filterFlags,
  async run(invocation) {
    const { io } = invocation;
    const ledger = openLedger(await invocation.estate(), io.clock, io.env);
    try {
      const filter = { ...(await filterOf(invocation, ledger)), limit: limitOf(invocation, usualLimit) };
      const items: LedgerEntry[] = [];
      for await (const entry of ledger.newest(filter)) {
        items.push(entry);
      }
      await sayRead('audit list', filter, ledger, invocation);
      await printList(invocation, {
        kind: 'LedgerEntryList',
        items,
        columns: entryColumns,
        fields: entryFields,
        name: ({ id }) => id,
        empty: 'no entry',
      });
      return exitCodes.ok;
    } finally {
      await ledger.close();
    }
  },
};
