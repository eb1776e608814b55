import type { Lane } from './action.ts';
import { type Agreed, type End, performPlan, type Watching } from './perform-plan.ts';
import type { Plan } from './plan.ts';
import { recordSkipped } from './skipped.ts';

/** At once, over all that were chosen: enough to be quick, few enough that a mistake is seen before it is everywhere. */
const width = 4;
/** Where each is bounded by what it shares with others: workers of this host, in all. */
const widest = 12;

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

/** Each in its turn, as soon as its lane has room: a server with many tenants keeps nobody waiting who lives on another. */
async function inLanes<Item>(
  items: readonly Item[],
  laneOf: (item: Item) => Lane | null,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const waiting = items.map((item) => ({ item, lane: laneOf(item) }));
  const most = waiting.some(({ lane }) => lane !== null) ? widest : width;
  const running = new Map<Promise<void>, Lane | null>();
  const hasRoom = ({ lane }: (typeof waiting)[number]) =>
    lane === null ||
    [...running.values()].filter((other) => other?.name === lane.name).length < Math.max(1, lane.atATime);
  while (waiting.length > 0 || running.size > 0) {
    const next = running.size < most ? waiting.findIndex(hasRoom) : -1;
    const [begun] = next === -1 ? [] : waiting.splice(next, 1);
    if (begun === undefined) {
      await Promise.race(running.keys());
      continue;
    }
    const one: Promise<void> = work(begun.item).finally(() => running.delete(one));
    running.set(one, begun.lane);
  }
}

function isWell(end: End): boolean {
  return (
    (end.status === 'running' && !end.isAwaited) ||
    (end.status === 'ended' && (end.outcome.status === 'ok' || end.outcome.status === 'applied'))
  );
}
