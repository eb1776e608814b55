import { type LedgerEntry, type OutcomeStatus, whoOf } from '#ledger/entry.ts';
import type { Ledger } from '#ledger/ledger.ts';
import type { OpenOperation } from '#ledger/state.ts';
import type { Pace } from './pace.ts';
import type { ProgressEvent } from './progress.ts';

/** An operation as lists of them show it. */
export interface OperationRow {
  readonly operation: string;
  readonly action: string;
  readonly tenants: readonly string[];
  readonly status: 'running' | 'stalled' | 'lapsed' | OutcomeStatus;
  readonly message: string | null;
  readonly actor: string;
  /** The same for all that one call began; null for one alone. */
  readonly bulk: string | null;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly progress: HowFar | null;
  /** It never began: policy, or what is there, said no. */
  readonly isRefusal?: true;
}

/** The last word on how far it is; with how fast it goes, where somebody has followed it. */
export type HowFar = ProgressEvent & { readonly pace?: Pace };

/** Those that have not ended, newest first. */
export async function runningRows(
  ledger: Ledger,
  progressOf: (operation: string) => Promise<HowFar | null> = async () => null,
): Promise<readonly OperationRow[]> {
  const { operations } = await ledger.state();
  const rows = await Promise.all(
    [...operations.values()].map(async (open) => runningRow(open, ledger, await progressOf(open.operation))),
  );
  return rows.reverse();
}

/** Those that ended last, newest first. */
export async function endedRows(ledger: Ledger, limit: number, bulk?: string): Promise<readonly OperationRow[]> {
  const rows: OperationRow[] = [];
  for await (const entry of ledger.newest({ kind: 'operation', ...(bulk === undefined ? {} : { bulk }) })) {
    if (rows.length >= limit) {
      break;
    }
    if (entry.outcome !== null && entry.phase !== 'step') {
      rows.push(endedRow(entry));
    }
  }
  return rows;
}

function runningRow(open: OpenOperation, { leases, wire }: Ledger, here: HowFar | null): OperationRow {
  const wired = wire?.of(open.operation) ?? null;
  // What lies beside the ledger is of a worker of this host, and newer.
  const progress = here ?? wired?.told ?? null;
  const { life, why } = leases.view(open);
  return {
    operation: open.operation,
    action: open.action,
    tenants: open.target?.tenants ?? [],
    status: life === 'live' ? 'running' : life,
    message: life === 'live' ? (progress?.words ?? open.step?.step ?? null) : why,
    actor: whoOf(open.actor.asserted),
    bulk: open.bulk ?? null,
    startedAt: open.openedAt,
    endedAt: null,
    progress,
  };
}

function endedRow({ operation, action, target, outcome, actor, at, bulk, phase }: LedgerEntry): OperationRow {
  return {
    operation: operation ?? '',
    action: action ?? '',
    tenants: target?.tenants ?? [],
    status: outcome?.status ?? 'unknown',
    message: outcome?.message ?? null,
    actor: whoOf(actor.asserted),
    bulk,
    startedAt: outcome?.startedAt ?? at,
    endedAt: outcome?.endedAt ?? at,
    progress: null,
    ...(phase === 'refusal' ? { isRefusal: true } : {}),
  };
}
