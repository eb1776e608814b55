import { setTimeout as pause } from 'node:timers/promises';
import type { Operation } from '#systems/operation.ts';
import { ReadFailure } from '#systems/source.ts';
import { WriteFailure } from '#systems/write-failure.ts';
import { clean } from '#text/clean.ts';
import { instant } from '#text/clock.ts';
import type { ActWorld } from '../../action.ts';
import type { Turn } from '../../switchover/follow.ts';
import type { DrillCheck, Drilled } from '../result.ts';
import { oneTurn, type TurnTaken, upwards } from './one-turn.ts';
import { dropScratch, makeScratch, type Scratch, scratchName } from './scratch.ts';

export interface Rehearsal {
  readonly tenant: string;
  readonly turn: Turn;
  /** Switch back afterwards, measured as well. */
  readonly returns: boolean;
  readonly scratch: Scratch;
}

const isNotFailed = ({ status }: DrillCheck) => status !== 'failed';

/**
 * The whole of a failover drill: rows are written and acknowledged all the while, the server is switched over, and each row that was
 * acknowledged has to be there afterwards. What was made is dropped whatever happened. Throws WriteFailure where nothing was moved.
 */
export async function rehearseFailover(
  { tenant, turn, returns, scratch }: Rehearsal,
  operation: Operation,
  world: ActWorld,
): Promise<Drilled> {
  const taken: TurnTaken[] = [];
  const checks: DrillCheck[] = [];
  let failure: unknown = null;
  try {
    const database = await makeScratch(scratch, { tenant, at: world.clock.now() }, operation);
    const there = await oneTurn(scratch, turn, { name: 'switchover', database, from: 1 }, operation, world);
    taken.push(there);
    checks.push(...there.checks);
    if (returns && there.checks.every(isNotFailed) && !world.signal.aborted) {
      const back = { name: 'return', database, from: there.next } as const;
      taken.push(await oneTurn(scratch, wayBackOf(turn), back, operation, world));
      checks.push(...(taken.at(-1)?.checks ?? []));
    } else if (returns) {
      checks.push({ check: 'return', status: 'not-done', message: `${turn.to} still leads: switch back by hand` });
    }
  } catch (error) {
    failure = error;
  }
  const begunAt = world.clock.monotonic();
  const cleared = await clearedAway(scratch, operation, world);
  const [first] = taken;
  if (first === undefined) {
    throw refusal(failure, cleared);
  }
  if (failure !== null) {
    checks.push({ check: 'return', status: 'failed', message: wordsOf(failure) });
  }
  checks.push(cleared);
  const gaps = taken.map(({ judged }) => judged.gapMs);
  return {
    ...{ kind: 'failover', backup: null, level: null, startedAt: instant(first.startedAt), checks },
    status: checks.every(isNotFailed) ? 'ok' : 'failed',
    rto: gaps.includes(null) ? null : upwards(Math.max(...gaps.map((gap) => gap ?? 0))),
    rpo: upwards(Math.max(...taken.map(({ judged }) => judged.lostMs))),
    seconds: {
      ...Object.assign({}, ...taken.map(({ seconds }) => seconds)),
      'clean-up': upwards(world.clock.monotonic() - begunAt),
    },
    message: messageOf(checks),
  };
}

function wayBackOf({ from, to, timeline, ...turn }: Turn): Turn {
  return { ...turn, from: to, to: from, timeline: timeline === null ? null : timeline + 1 };
}

const patienceMs = 60_000;
const againMs = 1_000;

/** Never throws: a drill that left something is a failed one, and says so. A server that has just turned may not be had at once. */
async function clearedAway(scratch: Scratch, operation: Operation, { clock }: ActWorld): Promise<DrillCheck> {
  const database = scratchName(operation.id);
  const until = clock.monotonic() + patienceMs;
  for (;;) {
    try {
      const was = await dropScratch(scratch, database, operation);
      return { check: 'clean-up', status: 'ok', message: was ? `database ${database} is gone` : 'nothing is left' };
    } catch (error) {
      if (clock.monotonic() >= until) {
        return { check: 'clean-up', status: 'failed', message: `database ${database} is left: ${wordsOf(error)}` };
      }
      await pause(againMs);
    }
  }
}

/** Nothing was moved, so that there is no drill to report: how the operation ends, with what is left of it. */
function refusal(failure: unknown, cleared: DrillCheck): unknown {
  if (failure instanceof WriteFailure || failure instanceof ReadFailure) {
    const isClean = cleared.status === 'ok';
    const certainty = failure instanceof ReadFailure ? 'refused' : failure.certainty;
    return new WriteFailure(
      isClean ? certainty : 'unknown',
      isClean ? failure.message : `${failure.message}; ${cleared.message}`,
      failure.code,
      failure instanceof WriteFailure && failure.moved,
    );
  }
  return failure;
}

function messageOf(checks: readonly DrillCheck[]): string {
  const failed = checks.filter(({ status }) => status === 'failed');
  const told = checks.filter(({ check }) => /(?:^|-)(?:primary|writes|acknowledged)$/.test(check));
  return (
    failed.length > 0 ? failed.map(({ check, message }) => `${check}: ${message}`) : told.map((one) => one.message)
  )
    .join('; ')
    .slice(0, 1_500);
}

function wordsOf(error: unknown): string {
  return clean(error instanceof Error ? error.message : String(error)).slice(0, 500);
}
