import type { DrillStanding, DrillsPicture } from '#actions/drills/picture.ts';
import type { DrillRow } from '#actions/drills/rows.ts';
import { choiceOf, chooseTenants, choosingArgument, choosingFlags } from '#grammar/choose.ts';
import type { Command, Invocation } from '#grammar/command.ts';
import { formatOf, printList } from '#grammar/output.ts';
import type { Cell, Column } from '#grammar/table.ts';
import { span } from '#text/age.ts';
import { clean } from '#text/clean.ts';
import { exitCodes } from '#text/till-error.ts';
import { limitOf } from './auditing/filter.ts';

const usualLimit = 50;

export const command: Command = {
  name: 'drills',
  summary: 'List rehearsed recoveries: what was proven, how long it took, how much would be lost',
  examples: [
    { line: 'till drills', note: 'newest first, measured recovery time and point against the tier' },
    { line: 'till drills --tier critical --check', note: 'exit 3 when a drill is owed, failed, or was too slow' },
    { line: 'till drills maple-toys -o json', note: 'with every phase and every check' },
  ],
  arguments: [choosingArgument],
  flags: [
    ...choosingFlags,
    { name: 'check', summary: 'exit 3 unless every chosen tenant stands as its tier asks', environment: false },
    { name: 'limit', value: 'N', summary: `at most so many; ${usualLimit} when left out` },
  ],
  exits: [
    { code: exitCodes.ok, when: 'the list was read, whatever it says; with --check: all is as the tiers ask' },
    {
      code: exitCodes.checkFalse,
      when: 'with --check: a drill is owed, the last one failed, or missed its RTO or RPO',
    },
    { code: exitCodes.unreachable, when: 'the store or the ledger could not be read' },
  ],
  async run(invocation) {
    const limit = limitOf(invocation, usualLimit);
    const { rows, standings, failures } = await pictureOf(invocation);
    await printList<DrillRow>(invocation, {
      kind: 'DrillList',
      items: rows.slice(0, limit),
      beside: { tenants: standings.map(({ last: _last, ...standing }) => standing), failures },
      name: ({ operation }) => operation,
      empty: 'nothing was rehearsed yet; till drill TENANT --kind restore begins one',
      columns: columnsAt(invocation.io.clock.now()),
    });
    const { io } = invocation;
    for (const { source, message } of failures) {
      io.err(`${clean(`${source}: ${message}`)}\n`);
    }
    if (rows.length > limit && ['table', 'wide'].includes(formatOf(invocation))) {
      io.err(`${rows.length - limit} more; --limit ${rows.length} shows them\n`);
    }
    const isWrong = invocation.given('check') && tellWrong(standings, invocation);
    return failures.length > 0 ? exitCodes.unreachable : isWrong ? exitCodes.checkFalse : exitCodes.ok;
  },
};

async function pictureOf(invocation: Invocation): Promise<DrillsPicture> {
  const { io } = invocation;
  const estate = await invocation.estate();
  const [{ openWatcher }, { drillsPicture }] = await Promise.all([
    import('#health/watch.ts'),
    import('#actions/drills/picture.ts'),
  ]);
  // Only who there is: nobody's health is asked for.
  const watcher = await openWatcher({ estate, clock: io.clock, env: io.env, choose: () => [] });
  try {
    await watcher.sweep();
    const tenants = watcher.known();
    return await drillsPicture(
      { estate, clock: io.clock, env: io.env, tenants },
      chooseTenants(tenants, choiceOf(invocation)),
    );
  } finally {
    await watcher.close();
  }
}

/** A line for each tenant that does not stand as its tier asks; whether there was one. */
function tellWrong(standings: readonly DrillStanding[], { io }: Invocation): boolean {
  const wrong = standings.filter((standing) => standing.wrong.length > 0);
  for (const standing of wrong) {
    io.err(`${clean(`${standing.tenant}: ${standing.wrong.join('; ')}`)}\n`);
  }
  return wrong.length > 0;
}

function columnsAt(now: number): readonly Column<DrillRow>[] {
  return [
    { title: 'DRILL', value: ({ operation }) => operation, wide: true },
    { title: 'TENANT', value: ({ tenant }) => tenant },
    { title: 'KIND', value: ({ kind }) => kind },
    { title: 'AGE', value: ({ startedAt }) => span((now - Date.parse(startedAt)) / 1000), align: 'right' },
    { title: 'STATUS', value: statusCell },
    { title: 'PROVEN', value: ({ level }) => level ?? '' },
    { title: 'RTO', value: ({ rto, rtoTarget }) => measuredCell(rto, rtoTarget) },
    { title: 'RPO', value: ({ rpo, rpoTarget }) => measuredCell(rpo, rpoTarget) },
    { title: 'BACKUP', value: ({ backup }) => backup ?? '', wide: true },
    { title: 'STARTED AT', value: ({ startedAt }) => startedAt.replace(/\.\d+Z$/u, 'Z'), wide: true },
    { title: 'PHASES', value: phasesOf, wide: true },
    { title: 'CHECKS', value: checksOf },
    { title: 'NOTE', value: ({ status, message }) => (status === 'ok' ? '' : (message ?? '')), shrinks: true },
  ];
}

function statusCell({ status }: DrillRow): Cell {
  const tones = { ok: 'good', failed: 'bad', unknown: 'warn', running: 'faint' } as const;
  return { text: status, tone: tones[status] };
}

function measuredCell(measured: number | null, target: number | null): Cell {
  if (measured === null) {
    return '';
  }
  return target === null
    ? span(measured)
    : { text: `${span(measured)} of ${span(target)}`, tone: measured <= target ? 'good' : 'bad' };
}

function phasesOf({ seconds }: DrillRow): string {
  return Object.entries(seconds)
    .map(([phase, took]) => `${phase} ${span(took)}`)
    .join(', ');
}

function checksOf({ checks }: DrillRow): Cell {
  const failed = checks.filter(({ status }) => status === 'failed').length;
  const good = checks.filter(({ status }) => status === 'ok').length;
  if (checks.length === 0) {
    return '';
  }
  return failed === 0 ? `${good} good` : { text: `${failed} failed, ${good} good`, tone: 'bad' };
}
