import type { Tenant } from '#estate/estate.ts';
import { standingOf } from '#ledger/access/standing.ts';
import type { Ledger } from '#ledger/ledger.ts';
import { freezesAt } from '#ledger/state.ts';
import type { Clock } from '#text/clock.ts';
import { presentIn } from '../access/presence.ts';
import { endedRows, type HowFar, runningRows } from '../operation-rows.ts';
import { coveredBy } from '../standing.ts';
import type { AccessStanding } from './access-port.ts';
import type { Standing } from './port.ts';

/** How many that have ended are kept at hand. */
const endedShown = 50;

export interface StandingOptions {
  readonly ledger: Ledger;
  readonly tenants: () => readonly Tenant[];
  readonly clock: Clock;
  /** It is on a server: this host's own word on who we are is heard only while that is away. */
  readonly isShared: boolean;
  /** As it was known before. */
  readonly before: AccessStanding | null;
  readonly progressOf: (operation: string) => Promise<HowFar | null>;
}

/** The ledger's state as the screen shows it. */
export async function standingNow(options: StandingOptions): Promise<Standing> {
  const { ledger, tenants, clock, isShared, before } = options;
  const [state, { actor }] = await Promise.all([ledger.state(), ledger.presence()]);
  const isAway = isShared && actor.asserted.by === 'os';
  const who = standingOf(actor.asserted, state);
  return {
    ...(await operationsNow(options, isAway)),
    incidents: [...state.incidents.values()].map(({ incident, name, severity, tenants: pinned }) => ({
      ...{ incident, name, severity, tenants: pinned },
    })),
    freezes: freezesAt(state, clock.now()).map(({ name, until, reason, allows, scope }) => ({
      ...{ name, until, reason, allows },
      tenants: coveredBy(scope, tenants()).map((tenant) => tenant.name),
    })),
    isAway,
    access: {
      // The state goes on while a screen is drawn from it; what is judged together is kept together.
      state: { ...state, grants: new Map(state.grants) },
      // While the server is away this host knows us by another account, and not how far its clock is from there.
      who: isAway && who.person === null && before !== null ? before.who : who,
      offsetMs: isAway ? (before?.offsetMs ?? 0) : (await presentIn(ledger, clock)).offsetMs,
    },
  };
}

/** What runs and what ran is in the entries, which this host does not have while the server is away. */
async function operationsNow(
  { ledger, progressOf }: StandingOptions,
  isAway: boolean,
): Promise<Pick<Standing, 'running' | 'ended' | 'failure'>> {
  try {
    const [running, ended] = await Promise.all([runningRows(ledger, progressOf), endedRows(ledger, endedShown)]);
    return { running, ended, failure: null };
  } catch (error) {
    if (!isAway) {
      throw error;
    }
    return { running: [], ended: [], failure: error instanceof Error ? error.message : String(error) };
  }
}
