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
  ],
  flags: [
    { name: 'running', summary: 'only those that have not ended' },
    { name: 'limit', value: 'N', summary: `at most so many that ended; ${usualLimit} when left out` },
  ],
  async run(invocation) {
    const { io } = invocation;
    const ledger = openLedger(await invocation.estate(), io.clock, io.env);
    try {
      const limit = limitOf(invocation, usualLimit);
      const running = await runningRows(ledger);
      const ended = invocation.given('running') ? [] : await endedRows(ledger, limit);
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
