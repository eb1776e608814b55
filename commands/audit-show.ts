import { openLedger } from '#actions/context.ts';
import type { Command } from '#grammar/command.ts';
import { printOne } from '#grammar/output.ts';
import { clean } from '#text/clean.ts';
import { exitCodes } from '#text/till-error.ts';
import { entriesNamed, filterFor } from './auditing/entries-named.ts';
import { sayRead } from './auditing/filter.ts';

export const command: Command = {
  name: 'audit show',
  summary: 'Print one entry whole, or every entry of one operation',
  group: 'read',
  examples: [
    { line: 'till audit show 12', note: 'the entry with that number' },
    { line: 'till audit show 01JD…', note: 'an operation from intent to outcome, with its plan' },
  ],
  arguments: [
    { name: 'ENTRY', required: true, summary: "its number or id, an operation's id, or the beginning of one" },
  ],
  async run(invocation) {
    const { io } = invocation;
    const [text = ''] = invocation.arguments;
    const ledger = openLedger(await invocation.estate(), io.clock, io.env);
    try {
      const entries = await entriesNamed(text, ledger);
      await sayRead('audit show', filterFor(text), ledger, invocation);
      await printOne(invocation, {
        kind: 'LedgerEntryList',
        fields: { items: entries },
        name: entries.map(({ id }) => id).join('\n'),
        text: () => entries.map((entry) => `${linesOf(entry, '').join('\n')}\n`).join('\n'),
      });
      return exitCodes.ok;
    } finally {
      await ledger.close();
    }
  },
};

/** Indented names and values; what is null is left out, since an entry has every field. */
function linesOf(value: object, indent: string): readonly string[] {
  return Object.entries(value).flatMap(([key, item]: [string, unknown]) => {
    if (item === null || (Array.isArray(item) && item.length === 0)) {
      return [];
    }
    if (typeof item !== 'object') {
      return [`${indent}${clean(key).padEnd(Math.max(0, 16 - indent.length))} ${clean(String(item))}`];
    }
    const inner = linesOf(item as object, `${indent}  `);
    return inner.length === 0 ? [] : [`${indent}${clean(key)}`, ...inner];
  });
}
