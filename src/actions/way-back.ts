import { canonical } from '#ledger/canonical.ts';
import type { LedgerEntry } from '#ledger/entry.ts';
import type { Ledger } from '#ledger/ledger.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import type { Change, Plan, Undo } from './plan.ts';

export interface WayBack {
  readonly undo: Undo;
  /** What is to be taken back, as it was recorded. */
  readonly intent: LedgerEntry;
  /** On whom it was planned; null for one on the estate. */
  readonly tenant: string | null;
}

/** What would take an operation back, and on whom. Throws TillError (exit 4) where till knows no way. */
export async function wayBack(operation: string, ledger: Ledger): Promise<WayBack> {
  for await (const intent of ledger.newest({ operation, phase: 'intent', limit: 1 })) {
    const undo = (intent.plan?.undo ?? null) as Undo | null;
    if (undo !== null) {
      return { undo, intent, tenant: actedOn(intent) };
    }
  }
  throw new TillError('there is no way back from it that till knows', {
    exit: exitCodes.refused,
    reason: 'no-undo',
    target: operation,
    operation,
  });
}

/** A plan of a pool touches many; it was planned for the first of its objects' tenants. */
export function actedOn({ plan, target }: Pick<LedgerEntry, 'plan' | 'target'>): string | null {
  return plan?.objects.find((object) => object.tenant !== null)?.tenant ?? target?.tenants[0] ?? null;
}

/** An undo holds only while what was written still stands: anything else is somebody else's later work. */
export function mustStand(plan: Pick<Plan, 'changes'>, written: readonly Omit<Change, 'owner'>[]): void {
  if (plan.changes.length === 0 && written.length > 0) {
    throw new TillError('the world has moved on: nothing is left of it that could be taken back', {
      exit: exitCodes.refused,
      reason: 'moved',
      next: 'till operations lists what was done since',
    });
  }
  for (const { object, field, after } of written) {
    const now = plan.changes.find((change) => change.object === object && change.field === field);
    if (now !== undefined && canonical(now.before) !== canonical(after)) {
      throw new TillError(
        `the world has moved on: ${object} ${field} was left at ${canonical(after)} and is ${canonical(now.before)} now`,
        { exit: exitCodes.refused, reason: 'moved', next: 'plan the change anew' },
      );
    }
  }
}
