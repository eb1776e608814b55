import { openLedger } from '#actions/context.ts';
import { actions } from '#actions/definitions/index.ts';
import { calendarFreezes, coveredBy } from '#actions/standing.ts';
import type { Tenant } from '#estate/estate.ts';
import type { Command } from '#grammar/command.ts';
import { printList } from '#grammar/output.ts';
import { openWatcher } from '#health/watch.ts';
import { whoOf } from '#ledger/entry.ts';
import type { FreezeInForce } from '#policy/decide.ts';
import { exitCodes } from '#text/till-error.ts';

interface Row extends FreezeInForce {
  readonly source: 'ledger' | 'calendar';
  readonly state: 'in force' | 'coming';
  readonly by: string;
  readonly ticket: string | null;
  /** Covered, as they are known now. */
  readonly tenants: readonly string[];
  /** The actions that it refuses now; none while it is coming. */
  readonly refuses: readonly string[];
}

export const command: Command = {
  name: 'freezes',
  summary: 'List freezes in force and to come, and what each blocks now',
  examples: [
    { line: 'till freezes', note: "those of the ledger and of the estate's calendar" },
    { line: 'till freezes -o json', note: 'with every tenant covered and every action refused' },
  ],
  async run(invocation) {
    const { io } = invocation;
    const estate = await invocation.estate();
    const ledger = openLedger(estate, io.clock, io.env);
    const watcher = await openWatcher({ estate, clock: io.clock, env: io.env, choose: () => [] });
    try {
      const [{ freezes }] = await Promise.all([ledger.state(), watcher.sweep()]);
      const judged = await judgement(watcher.known(), io.clock.now());
      const standing = [...freezes.values()].map(({ actor, ...freeze }) =>
        judged(freeze, { source: 'ledger', by: whoOf(actor.asserted), ticket: freeze.ticket }),
      );
      const planned = calendarFreezes(estate).map((freeze) =>
        judged(freeze, { source: 'calendar', by: 'estate.yaml', ticket: null }),
      );
      await printList(invocation, {
        kind: 'FreezeList',
        items: [...standing, ...planned].flat().toSorted((a, b) => Date.parse(a.from) - Date.parse(b.from)),
        name: ({ name }) => name,
        empty: 'nothing is frozen, and nothing will be',
        columns: [
          { title: 'NAME', value: ({ name }) => name },
          {
            title: 'STATE',
            value: ({ state }) => ({
              text: state,
              tone: state === 'in force' ? ('warn' as const) : ('faint' as const),
            }),
          },
          { title: 'FROM', value: ({ from }) => from.replace(/\.\d+Z$/u, 'Z') },
          { title: 'UNTIL', value: ({ until }) => until.replace(/\.\d+Z$/u, 'Z') },
          { title: 'COVERS', value: ({ tenants }) => `${tenants.length} of ${watcher.known().length}`, align: 'right' },
          { title: 'SCOPE', value: scopeWords, shrinks: true },
          { title: 'BLOCKS NOW', value: blocksWords, shrinks: true },
          { title: 'BY', value: ({ by }) => by },
          { title: 'REASON', value: ({ reason }) => reason ?? '', shrinks: true },
        ],
      });
      return exitCodes.ok;
    } finally {
      await watcher.close();
      await ledger.close();
    }
  },
};

async function judgement(tenants: readonly Tenant[], now: number) {
  const definitions = await Promise.all(actions.map(({ load }) => load()));
  const refusable = definitions.filter(({ target, deescalates }) => target === 'tenants' && deescalates !== true);
  return (freeze: FreezeInForce, { source, by, ticket }: Pick<Row, 'source' | 'by' | 'ticket'>): readonly Row[] => {
    if (Date.parse(freeze.until) <= now) {
      return [];
    }
    const isInForce = Date.parse(freeze.from) <= now;
    const names = refusable.map(({ name }) => name).filter((name) => !freeze.allows.includes(name));
    const { name, from, until, reason, allows, scope } = freeze;
    return [
      {
        ...{ name, source, state: isInForce ? 'in force' : 'coming', from, until, reason, ticket, by },
        ...{ allows, scope, tenants: coveredBy(scope, tenants).map((tenant) => tenant.name) },
        refuses: isInForce ? names : [],
      },
    ];
  };
}

function scopeWords({ scope }: Row): string {
  const parts = Object.entries(scope).flatMap(([what, names]: [string, readonly string[]]) =>
    names.length === 0 ? [] : [`${what} ${names.join(',')}`],
  );
  return parts.length === 0 ? 'everybody' : parts.join('; ');
}

function blocksWords({ state, refuses, allows }: Row): string {
  return state === 'coming'
    ? 'nothing yet'
    : `${refuses.length} actions${allows.length === 0 ? '' : ` (not ${allows.join(', ')})`}`;
}
