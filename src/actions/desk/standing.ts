import type { Tenant } from '#estate/estate.ts';
import { type LedgerEntry, whoOf } from '#ledger/entry.ts';
import type { Ledger } from '#ledger/ledger.ts';
import { freezesAt, type OpenOperation } from '#ledger/state.ts';
import { covers } from '#policy/decide.ts';
import type { ProgressEvent } from '../progress.ts';
import type { FreezeRow, OperationRow, Standing } from './port.ts';

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
  const running = await Promise.all(
    [...state.operations.values()].map(async (open) => running1(open, ledger, await progressOf(open.operation))),
  );
  const ended: OperationRow[] = [];
  for await (const entry of ledger.newest({ kind: 'operation' })) {
    if (ended.length >= endedShown) {
      break;
    }
    if (entry.outcome !== null && entry.phase !== 'step') {
      ended.push(endedRow(entry));
    }
  }
  return {
    running: running.reverse(),
    ended,
    incidents: [...state.incidents.values()].map(({ incident, name, severity, tenants: pinned }) => ({
      ...{ incident, name, severity, tenants: pinned },
    })),
    freezes: freezesAt(state, now()).map((freeze) => freezeRow(freeze, tenants())),
    failure: null,
  };
}

function running1(open: OpenOperation, ledger: Ledger, progress: ProgressEvent | null): OperationRow {
  const { life, why } = ledger.leases.view(open);
  return {
    operation: open.operation,
    action: open.action,
    tenants: open.target?.tenants ?? [],
    status: life === 'live' ? 'running' : life,
    message: life === 'live' ? (progress?.words ?? open.step?.step ?? null) : why,
    actor: whoOf(open.actor.asserted),
    startedAt: open.openedAt,
    endedAt: null,
    progress,
  };
}

function endedRow({ operation, action, target, outcome, actor, at }: LedgerEntry): OperationRow {
  return {
    operation: operation ?? '',
    action: action ?? '',
    tenants: target?.tenants ?? [],
    status: outcome?.status ?? 'unknown',
    message: outcome?.message ?? null,
    actor: whoOf(actor.asserted),
    startedAt: outcome?.startedAt ?? at,
    endedAt: outcome?.endedAt ?? at,
    progress: null,
  };
}

function freezeRow(
  { name, until, reason, allows, scope }: ReturnType<typeof freezesAt>[number],
  tenants: readonly Tenant[],
): FreezeRow {
  const covered = tenants.filter((tenant) =>
    covers(scope, {
      tenant: tenant.name,
      environment: tenant.environment,
      tier: tenant.tier,
      cluster: tenant.cluster,
      retailer: tenant.retailer,
    }),
  );
  return { name, until, reason, allows, tenants: covered.map((tenant) => tenant.name) };
}
