import type { JsonObject } from '#ledger/canonical.ts';
import type { Operation } from '#systems/operation.ts';
import { ReadFailure } from '#systems/source.ts';
import { WriteFailure } from '#systems/write-failure.ts';
import type { ActWorld, Verdict } from '../action.ts';
import type { Plan } from '../plan.ts';
import { follow, type Look, type Stage, type Turn } from './follow.ts';
import { type Manager, withManager } from './manager.ts';
import { objectKind } from './plan-switchover.ts';

/** What a manager that said nothing clear is given to show that it took it up: its loop is 10 s where nobody changed it. */
const doubtMs = 30_000;
/** One that says that it failed has given up already. */
const givenUpMs = 5_000;
const stagesOfDone: readonly Stage[] = ['led', 'confirmed', 'whole'];

/** From the plan alone, so that a worker that starts anew does the same. */
export function turnOf({ objects, changes }: Pick<Plan, 'objects' | 'changes'>): Turn {
  const object = objects.find(({ kind }) => kind === objectKind);
  const change = changes.find(({ field }) => field === 'primary');
  return {
    server: object?.cluster ?? '',
    from: String(change?.before ?? ''),
    to: String(change?.after ?? ''),
    timeline: object?.version == null ? null : Number(object.version),
    systemIdentifier: object?.uid ?? null,
  };
}

/**
 * Asks the manager, and where its answer leaves it open looks at what became of it: `503 … status unknown` does not mean that it
 * failed (facts: data-tier.md §0.7). Throws WriteFailure.
 */
export async function switchOver(turn: Turn, operation: Operation, world: ActWorld): Promise<JsonObject> {
  return await withManager(turn.server, world, async (manager) => {
    await stillLeads(turn, manager);
    const answer = await manager.switchOver(operation, turn.from, turn.to, world).catch(async (error: unknown) => {
      if (error instanceof WriteFailure && error.certainty === 'unknown') {
        return await afterDoubt(error, turn, manager, world);
      }
      throw error;
    });
    return { server: turn.server, from: turn.from, to: turn.to, answer };
  });
}

export async function verifySwitchover(turn: Turn, world: ActWorld): Promise<Verdict> {
  return verdictOf(turn, await followTurn(turn, world));
}

/** Follows until the new leader leads by its own word and the old one follows it, or the budget is used up. */
export async function followTurn(turn: Turn, world: ActWorld): Promise<Look> {
  return await withManager(turn.server, world, async (manager) => {
    // The budget is known from the first look on.
    await manager.topology().catch(() => null);
    const { clock } = world;
    let movedAt = clock.monotonic();
    return await follow(turn, manager, world, {
      until: clock.monotonic() + manager.budgetSeconds() * 1000,
      isEnough({ stage }) {
        movedAt = stage === 'untouched' ? movedAt : clock.monotonic();
        return stage === 'whole' || stage === 'elsewhere' || clock.monotonic() - movedAt >= doubtMs;
      },
    });
  });
}

function verdictOf({ from, to }: Turn, { stage, words }: Look): Verdict {
  switch (stage) {
    case 'whole':
      return { status: 'ok', message: words, before: from, after: to };
    case 'confirmed':
      return { status: 'failed', message: `${words}: it has no standby there`, before: from, after: to };
    case 'led':
      return { status: 'failed', message: words, before: from, after: to };
    case 'elsewhere':
      return { status: 'failed', message: `it has gone another way: ${words}`, before: from };
    case 'untouched':
      return { status: 'failed', message: `nothing came of it: ${words}`, before: from, after: from };
    case 'between':
      return { status: 'unknown', message: `it is not known how it ends: ${words}`, before: from };
  }
}

async function stillLeads({ from, timeline }: Turn, manager: Manager): Promise<void> {
  const topology = await manager.topology().catch((error: unknown) => {
    throw error instanceof ReadFailure
      ? new WriteFailure('refused', `it could not be read before writing: ${error.message}`, error.code)
      : error;
  });
  if (topology.leader !== from || (timeline !== null && topology.timeline !== timeline)) {
    throw new WriteFailure('refused', `${topology.words} now`, 'moved', true);
  }
}

async function afterDoubt(doubt: WriteFailure, turn: Turn, manager: Manager, world: ActWorld): Promise<string> {
  const until = world.clock.monotonic() + Math.max(doubtMs, manager.budgetSeconds() * 1000);
  const saysFailed = /failed/i.test(doubt.message);
  const patience = world.clock.monotonic() + (saysFailed ? givenUpMs : doubtMs);
  const look = await follow(turn, manager, world, {
    until,
    isEnough: ({ stage }) =>
      stagesOfDone.includes(stage) ||
      stage === 'elsewhere' ||
      (stage === 'untouched' && world.clock.monotonic() >= patience),
  });
  if (stagesOfDone.includes(look.stage)) {
    return `${doubt.message}; and yet it was done`;
  }
  if (look.stage === 'untouched' && saysFailed) {
    // It said that it gave up, and a while later nothing has moved.
    throw new WriteFailure('refused', `${doubt.message}; ${look.words}`, doubt.code);
  }
  throw new WriteFailure('unknown', `${doubt.message}; ${look.words}`, doubt.code);
}
