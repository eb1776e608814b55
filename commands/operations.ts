import { openLedger } from '#actions/context.ts';
import { endedRows, runningRows } from '#actions/operation-rows.ts';
import type { Command } from '#grammar/command.ts';
import { printList } from '#grammar/output.ts';
import { span } from '#text/age.ts';
import { exitCodes } from '#text/till-error.ts';
import { limitOf } from './auditing/filter.ts';

const usualLimit = 20;

export const command: Command = {
  name: 'operations',
  summary: 'List what runs and what ran lately, with how it ended',
  examples: [
    { line: 'till operations', note: 'running ones first' },
    { line: 'till operations --running -o name', note: 'ids for till wait or till stop' },
    { line: 'till operations --bulk 01JD…', note: 'what one call did, target by target' },
  ],
  flags: [
    { name: 'running', summary: 'only those that have not ended' },
    { name: 'bulk', value: 'ID', summary: 'only those that one call began on several targets' },
    { name: 'limit', value: 'N', summary: `at most so many that ended; ${usualLimit} when left out` },
  ],
  async run(invocation) {
    const { io } = invocation;
    const ledger = openLedger(await invocation.estate(), io.clock, io.env);
    try {
      const limit = limitOf(invocation, usualLimit);
      const bulk = invocation.value('bulk')?.toUpperCase();
      const running = (await runningRows(ledger)).filter((row) => bulk === undefined || row.bulk === bulk);
      const ended = invocation.given('running') ? [] : await endedRows(ledger, limit, bulk);
      await printList(invocation, {
        kind: 'OperationList',
        items: [...running, ...ended].map(({ progress: _progress, ...row }) => row),
        name: (row) => row.operation,
        empty: 'no operation yet',
        columns: [
          { title: 'OPERATION', value: (row) => row.operation },
          { title: 'ACTION', value: (row) => row.action },
          { title: 'TENANTS', value: (row) => row.tenants.join(','), shrinks: true },
          { title: 'STATUS', value: (row) => row.status },
          { title: 'AGE', value: (row) => span((io.clock.now() - Date.parse(row.startedAt)) / 1000), align: 'right' },
          { title: 'BULK', value: (row) => row.bulk ?? '-', wide: true },
          { title: 'BY', value: (row) => row.actor },
          { title: 'WHAT', value: (row) => row.message ?? '', shrinks: true },
        ],
      });
      return exitCodes.ok;
    } finally {
      await ledger.close();
    }
  },
};
