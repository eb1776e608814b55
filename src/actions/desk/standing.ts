import type { Tenant } from '#estate/estate.ts';
import type { Ledger } from '#ledger/ledger.ts';
import { freezesAt } from '#ledger/state.ts';
import { endedRows, runningRows } from '../operation-rows.ts';
import type { ProgressEvent } from '../progress.ts';
import { coveredBy } from '../standing.ts';
import type { Standing } from './port.ts';

/** How many that have ended are kept at hand. */
const endedShown = 50;

export interface StandingOptions {
  readonly ledger: Ledger;
  readonly tenants: () => readonly Tenant[];
  readonly now: () => number;
  readonly progressOf: (operation: string) => Promise<ProgressEvent | null>;
}

/** The ledger's state as the screen shows it. */
export async function standingNow({ ledger, tenants, now, progressOf }: StandingOptions): Promise<Standing> {
  const state = await ledger.state();
  return {
    running: await runningRows(ledger, progressOf),
    ended: await endedRows(ledger, endedShown),
    incidents: [...state.incidents.values()].map(({ incident, name, severity, tenants: pinned }) => ({
      ...{ incident, name, severity, tenants: pinned },
    })),
    freezes: freezesAt(state, now()).map(({ name, until, reason, allows, scope }) => ({
      ...{ name, until, reason, allows },
      tenants: coveredBy(scope, tenants()).map((tenant) => tenant.name),
    })),
    failure: null,
  };
}
