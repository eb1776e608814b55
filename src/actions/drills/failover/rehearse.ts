import type { Operation } from '#systems/operation.ts';
import { ReadFailure } from '#systems/source.ts';
import { WriteFailure } from '#systems/write-failure.ts';
import { clean } from '#text/clean.ts';
import { instant } from '#text/clock.ts';
import type { ActWorld } from '../../action.ts';
import { maintenanceOf } from '../../recovery/discard.ts';
import type { RecoveryPlace } from '../../recovery/recover.ts';
import type { Turn } from '../../switchover/follow.ts';
import { clearAway, clearDead } from '../clear-away.ts';
import type { DrillCheck, Drilled } from '../result.ts';
import { oneTurn, type TurnTaken, upwards } from './one-turn.ts';
import { makeScratch } from './scratch.ts';

export interface Rehearsal {
  readonly tenant: string;
  readonly turn: Turn;
  /** Switch back afterwards, measured as well. */
  readonly returns: boolean;
}

/** The login that makes the probe's database, and writes in it. */
export function scratchPlace(server: string): RecoveryPlace {
  return { server, purpose: 'restore', filestore: null };
}

const isNotFailed = ({ status }: DrillCheck) => status !== 'failed';

/**
 * The whole of a failover drill: rows are written and acknowledged all the while, the server is switched over, and each row that was
 * acknowledged has to be there afterwards. What was made is dropped whatever happened. Throws WriteFailure where nothing was moved.
 */
export async function rehearseFailover(
  { tenant, turn, returns }: Rehearsal,
  operation: Operation,
  world: ActWorld,
): Promise<Drilled> {
  const place = { place: scratchPlace(turn.server), serve: null };
  await clearDead(place, operation, world);
  const taken: TurnTaken[] = [];
  const checks: DrillCheck[] = [];
  let failure: unknown = null;
  try {
    const login = await world.login(turn.server, 'restore');
    const about = { tenant, maintenance: maintenanceOf(turn.server, world), at: world.clock.now() };
    const database = await makeScratch(login, about, operation);
    const there = await oneTurn(login, turn, { name: 'switchover', database, promised: [] }, operation, world);
    taken.push(there);
    checks.push(...there.checks);
    if (returns && there.checks.every(isNotFailed) && !world.signal.aborted) {
      const back = { name: 'return', database, promised: there.promised } as const;
      taken.push(await oneTurn(login, wayBackOf(turn), back, operation, world));
      checks.push(...(taken.at(-1)?.checks ?? []));
    } else if (returns) {
      checks.push({ check: 'return', status: 'not-done', message: `${turn.to} still leads: switch back by hand` });
    }
  } catch (error) {
    failure = error;
  }
  const begunAt = world.clock.monotonic();
  const cleared = await clearAway(place, operation, world);
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
