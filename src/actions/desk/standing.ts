import type { Tenant } from '#estate/estate.ts';
import { standingOf } from '#ledger/access/standing.ts';
import type { Ledger } from '#ledger/ledger.ts';
import { freezesAt } from '#ledger/state.ts';
import type { Clock } from '#text/clock.ts';
import { presentIn } from '../access/presence.ts';
import { endedRows, runningRows } from '../operation-rows.ts';
import type { ProgressEvent } from '../progress.ts';
import { coveredBy } from '../standing.ts';
import type { Standing } from './port.ts';

/** How many that have ended are kept at hand. */
const endedShown = 50;

export interface StandingOptions {
  readonly ledger: Ledger;
  readonly tenants: () => readonly Tenant[];
  readonly clock: Clock;
  readonly progressOf: (operation: string) => Promise<ProgressEvent | null>;
}

/** The ledger's state as the screen shows it. */
export async function standingNow({ ledger, tenants, clock, progressOf }: StandingOptions): Promise<Standing> {
  const [state, { actor, offsetMs }] = await Promise.all([ledger.state(), presentIn(ledger, clock)]);
  return {
    running: await runningRows(ledger, progressOf),
    ended: await endedRows(ledger, endedShown),
    incidents: [...state.incidents.values()].map(({ incident, name, severity, tenants: pinned }) => ({
      ...{ incident, name, severity, tenants: pinned },
    })),
    freezes: freezesAt(state, clock.now()).map(({ name, until, reason, allows, scope }) => ({
      ...{ name, until, reason, allows },
      tenants: coveredBy(scope, tenants()).map((tenant) => tenant.name),
    })),
    ...{ failure: null, isAway: false },
    // The state goes on while a screen is drawn from it; what is judged together is kept together.
    access: { state: { ...state, grants: new Map(state.grants) }, who: standingOf(actor.asserted, state), offsetMs },
  };
}
