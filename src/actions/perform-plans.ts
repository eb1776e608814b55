import { inLanes } from './in-lanes.ts';
import { type Agreed, type End, performPlan, type Watching } from './perform-plan.ts';
import type { Plan } from './plan.ts';
import { recordSkipped } from './skipped.ts';

export interface Round extends Watching {
  /** Go on with the others when one does not go well. */
  readonly keepsGoing: boolean;
  /** Of each plan, where a retry has to be known again. */
  keyOf?(plan: Plan): string | null;
  /** Told the id that links them, before the first; not for one alone. */
  onBulk?(bulk: string): void;
  /** Told why it could not be recorded that some were never begun. */
  onUnrecorded?(why: string): void;
}

/** Performs each of them, some at once; the first that does not go well ends the round. null: never begun. */
export async function performPlans(
  plans: readonly Plan[],
  agreed: Omit<Agreed, 'idempotencyKey' | 'bulk'>,
  round: Round,
): Promise<readonly (End | null)[]> {
  const bulk = plans.length > 1 ? round.context.ledger.newId() : null;
  if (bulk !== null) {
    round.onBulk?.(bulk);
  }
  const ends: (End | null)[] = plans.map(() => null);
  let isStopped = false;
  let stoppedBy: End | null = null;
  await inLanes(
    [...plans.entries()],
    ([, plan]) => agreed.action.lane?.(plan, round.context.estate) ?? null,
    async ([index, plan]) => {
      if (isStopped) {
        return;
      }
      const end = await performPlan(plan, { ...agreed, bulk, idempotencyKey: round.keyOf?.(plan) ?? null }, round);
      ends[index] = end;
      stoppedBy ??= isWell(end) || round.keepsGoing ? null : end;
      isStopped ||= round.signal.aborted || stoppedBy !== null;
    },
  );
  const skipped = plans.filter((_, index) => ends[index] === null);
  const why =
    skipped.length === 0 ? null : await recordSkipped(skipped, stoppedBy, { ...agreed, bulk }, round.context.ledger);
  if (why !== null) {
    round.onUnrecorded?.(why);
  }
  return ends;
}

function isWell(end: End): boolean {
  return (
    (end.status === 'running' && !end.isAwaited) ||
    (end.status === 'ended' && (end.outcome.status === 'ok' || end.outcome.status === 'applied'))
  );
}
