import { openLedger } from '#actions/context.ts';
import type { Command } from '#grammar/command.ts';
import { printList } from '#grammar/output.ts';
import { type LedgerEntry, whoOf } from '#ledger/entry.ts';
import type { LeaseView } from '#ledger/lease.ts';
import { span } from '#text/age.ts';
import { exitCodes } from '#text/till-error.ts';

interface Row {
  readonly operation: string;
  readonly action: string;
  readonly tenants: readonly string[];
  readonly status: string;
  readonly message: string | null;
  readonly actor: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
}

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
      const { operations } = await ledger.state();
      const running = await Promise.all(
        [...operations.values()].map(async (open): Promise<Row> => {
          const { life, why }: LeaseView = await ledger.leases.view(open);
          return {
            operation: open.operation,
            action: open.action,
            tenants: open.target?.tenants ?? [],
            status: life === 'live' ? 'running' : life,
            message: life === 'live' ? (open.step?.step ?? null) : why,
            actor: whoOf(open.actor.asserted),
            startedAt: open.openedAt,
            endedAt: null,
          };
        }),
      );
      const limit = Number(invocation.value('limit') ?? usualLimit);
      const ended: Row[] = [];
      if (!invocation.given('running')) {
        for await (const entry of ledger.newest({ kind: 'operation' })) {
          if (ended.length >= limit) {
            break;
          }
          if (entry.outcome !== null && entry.phase !== 'step') {
            ended.push(endedRow(entry));
          }
        }
      }
      await printList(invocation, {
        kind: 'OperationList',
        items: [...running, ...ended],
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

function endedRow(entry: LedgerEntry): Row {
  return {
    operation: entry.operation ?? '',
    action: entry.action ?? '',
    tenants: entry.target?.tenants ?? [],
    status: entry.outcome?.status ?? 'unknown',
    message: entry.outcome?.message ?? null,
    actor: whoOf(entry.actor.asserted),
    startedAt: entry.outcome?.startedAt ?? entry.at,
    endedAt: entry.outcome?.endedAt ?? entry.at,
  };
}
