import { setTimeout as pause } from 'node:timers/promises';
import { seconds } from '#systems/deadline.ts';
import type { Operation } from '#systems/operation.ts';
import type { DatabaseLogin } from '#systems/postgres/login.ts';
import { ReadFailure } from '#systems/source.ts';
import { WriteFailure } from '#systems/write-failure.ts';
import { clean } from '#text/clean.ts';
import { size } from '#text/size.ts';
import type { ActWorld } from '../../action.ts';
import type { Turn } from '../../switchover/follow.ts';
import { followTurn, switchOver } from '../../switchover/run-switchover.ts';
import { serverWordOrWhy } from '../../switchover/server-word.ts';
import type { DrillCheck } from '../result.ts';
import { type Judged, judged, numbersOf } from './judge.ts';
import { type Acknowledged, startProbe, type Written } from './probe.ts';
import { rowsIn } from './scratch.ts';

export interface Phase {
  readonly name: 'switchover' | 'return';
  readonly database: string;
  /** What an earlier turn's probe was promised: it still has to be there. */
  readonly promised: readonly Acknowledged[];
}

export interface TurnTaken {
  /** Epoch milliseconds: when it was asked for. */
  readonly startedAt: number;
  readonly judged: Judged;
  readonly checks: readonly DrillCheck[];
  readonly seconds: Readonly<Record<string, number>>;
  /** All that was acknowledged so far. */
  readonly promised: readonly Acknowledged[];
}

/** Enough to know that writes go through before anything is moved, and that they go on afterwards. */
const rowsAround = 20;
const baselineMs = 15_000;
const comebackMs = 60_000;
const catchUpMs = 60_000;
const lookEveryMs = 250;
const closeBytes = 256 * 1024;

/**
 * One switchover under the eyes of a probe. Once it has been asked for, only the time that it may take ends the looking: whoever stops
 * the operation wants to know all the more. Throws WriteFailure where it was refused and nothing was moved.
 */
export async function oneTurn(
  login: DatabaseLogin,
  turn: Turn,
  { name: phase, database, promised }: Phase,
  operation: Operation,
  world: ActWorld,
): Promise<TurnTaken> {
  const { clock } = world;
  const anyway = { ...world, signal: new AbortController().signal };
  const named = (check: string) => (phase === 'return' ? `return-${check}` : check);
  const from = (promised.at(-1)?.row ?? 0) + 1;
  const probe = startProbe({ login, database, clock, from }, operation);
  try {
    world.progress({ words: `writing rows on ${turn.server}` });
    if (!(await probe.writes(rowsAround, baselineMs))) {
      throw new WriteFailure('refused', `rows could not be written before anything was moved: ${refusedWords(probe)}`);
    }
    await caughtUp(turn, world);
    if (world.signal.aborted) {
      throw new WriteFailure('refused', 'it was stopped before anything was moved', 'stopped');
    }
    const [startedAt, begunAt] = [clock.now(), clock.monotonic()];
    world.progress({ words: `switching ${turn.server} over from ${turn.from} to ${turn.to}` });
    const request = await asked(turn, operation, anyway);
    const look = await followTurn(turn, anyway);
    const took = clock.monotonic() - begunAt;
    world.progress({ words: 'waiting for writes to go on' });
    await probe.writes(rowsAround, comebackMs);
    await probe.stop();
    const rows = await readBack(login, database);
    const all = [...promised, ...probe.acknowledged];
    const told = judged(probe, typeof rows === 'string' ? new Set(all.map(({ row }) => row)) : rows, promised);
    const checks: readonly DrillCheck[] = [
      request,
      { check: 'primary', status: look.stage === 'whole' ? 'ok' : 'failed', message: look.words },
      writesCheck(told, probe),
      typeof rows === 'string'
        ? { check: 'acknowledged', status: 'failed', message: `the rows could not be read back: ${rows}` }
        : acknowledgedCheck(told),
    ];
    return {
      ...{ startedAt, judged: told },
      checks: checks.map((check) => ({ ...check, check: named(check.check) })),
      seconds: {
        [phase]: upwards(took),
        ...(told.gapMs === null ? {} : { [named('no-writes')]: upwards(told.gapMs) }),
      },
      promised: all,
    };
  } finally {
    await probe.stop();
  }
}

/** Whole seconds, rounded up. */
export function upwards(milliseconds: number): number {
  return Math.ceil(milliseconds / 1000);
}

/**
 * To make a database is some megabytes of WAL at once, and a manager refuses a standby that is so far behind: the drill must not be
 * refused for what it did itself. One that stays behind is for the manager to judge.
 */
async function caughtUp({ server, to }: Turn, world: ActWorld): Promise<void> {
  const until = world.clock.monotonic() + catchUpMs;
  while (!world.signal.aborted && world.clock.monotonic() < until) {
    const word = await serverWordOrWhy(await world.postgres(server));
    const lag = typeof word === 'string' ? null : word.followers?.get(to)?.lagBytes;
    if (lag == null || lag <= closeBytes) {
      return;
    }
    world.progress({ words: `waiting for ${to}: ${size(lag)} behind` });
    await pause(lookEveryMs, undefined, { signal: world.signal }).catch(() => undefined);
  }
}

/** A request whose end nobody knows is followed all the same; one that was refused moved nothing, and ends the drill. */
async function asked(turn: Turn, operation: Operation, world: ActWorld): Promise<DrillCheck> {
  try {
    const { answer } = await switchOver(turn, operation, world);
    return { check: 'request', status: 'ok', message: String(answer) };
  } catch (error) {
    if (error instanceof WriteFailure && error.certainty === 'unknown') {
      return { check: 'request', status: 'failed', message: clean(error.message) };
    }
    throw error;
  }
}

/** The rows, or why they could not be had. */
async function readBack(login: DatabaseLogin, database: string): Promise<ReadonlySet<number> | string> {
  try {
    return await rowsIn(login, database);
  } catch (error) {
    if (error instanceof ReadFailure) {
      return clean(error.message);
    }
    throw error;
  }
}

function writesCheck({ gapMs }: Judged, written: Written): DrillCheck {
  return gapMs === null
    ? { check: 'writes', status: 'failed', message: `writes did not come back; ${refusedWords(written)}` }
    : { check: 'writes', status: 'ok', message: `nobody wrote for ${seconds(gapMs)}; ${refusedWords(written)}` };
}

function acknowledgedCheck({ acknowledged, lost, lostMs, unanswered }: Judged): DrillCheck {
  const check = 'acknowledged';
  if (lost.length > 0) {
    const message = `${lost.length} of ${acknowledged} acknowledged rows are lost, ${seconds(lostMs)} of writes: ${numbersOf(lost)}`;
    return { check, status: 'failed', message };
  }
  const more = unanswered === 0 ? '' : `, and ${unanswered} whose answer was cut off`;
  return { check, status: 'ok', message: `each of ${acknowledged} acknowledged rows is there${more}` };
}

function refusedWords({ refusals }: Written): string {
  const [first] = refusals;
  return first === undefined
    ? 'no write was refused'
    : `${refusals.length} were refused, the first${first.code === null ? '' : ` with ${first.code}`}: ${first.words}`;
}
