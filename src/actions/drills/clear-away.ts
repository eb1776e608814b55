import { scratchName } from '#backups/database-mark.ts';
import type { Operation } from '#systems/operation.ts';
import { clean } from '#text/clean.ts';
import type { ActWorld } from '../action.ts';
import { discard } from '../recovery/discard.ts';
import { leftoversAt } from './leftovers.ts';
import type { Rehearsal } from './rehearse.ts';
import type { DrillCheck } from './result.ts';
import { unserve } from './serving/unserve.ts';

type Place = Pick<Rehearsal, 'place' | 'serve'>;

const patienceMs = 5 * 60_000;

/**
 * Takes down what a drill made and says whether it is gone: by what the cluster and the server show afterwards, not by what they
 * answered. Goes on when the operation was stopped, and never throws: a drill that left something is a failed one, and says so.
 */
export async function clearAway(place: Place, operation: Operation, world: ActWorld): Promise<DrillCheck> {
  const anyway = { ...world, signal: AbortSignal.timeout(patienceMs), deadline: world.clock.monotonic() + patienceMs };
  world.progress({ words: 'clearing away what the drill made' });
  const failures: string[] = [];
  const gone: string[] = [];
  await attempt(failures, async () => gone.push(...(await clear(place, operation.id, operation, anyway))));
  return failures.length > 0
    ? { check: 'clean-up', status: 'failed', message: failures.join('; ') }
    : { check: 'clean-up', status: 'ok', message: gone.length === 0 ? 'nothing is left' : `gone: ${gone.join(', ')}` };
}

/**
 * What drills left whose process was killed, and what this one has left, where a Job goes on in another pod. One that cannot be cleared
 * says so in its own words and stops nothing.
 */
export async function clearDead(place: Place, operation: Operation, world: ActWorld): Promise<readonly string[]> {
  const failures: string[] = [];
  await attempt(failures, async () => {
    const { dead } = await leftoversAt(place.place, place.serve, world, operation.id);
    for (const { operation: drill } of dead) {
      world.progress({ words: `clearing away what drill ${drill} left` });
      await attempt(failures, () => clear(place, drill, operation, world));
    }
  });
  return failures;
}

async function clear(
  { place, serve }: Place,
  drill: string,
  operation: Operation,
  world: ActWorld,
): Promise<readonly string[]> {
  const failures: string[] = [];
  const gone: string[] = [];
  // The pod first: it holds connections. Each is tried, whatever became of the other.
  if (serve !== null) {
    await attempt(failures, async () => {
      const objects = await unserve(drill, serve, operation, world);
      gone.push(...(objects === 0 ? [] : ['the pod and its network policy']));
    });
  }
  await attempt(failures, async () => {
    const { database, folder } = await discard(place, scratchName(drill), operation, world);
    gone.push(...(database ? [`database ${scratchName(drill)}`] : []), ...(folder ? ['its files'] : []));
  });
  if (failures.length > 0) {
    throw new Error(failures.join('; '));
  }
  return gone;
}

async function attempt(failures: string[], work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    failures.push(clean(error instanceof Error ? error.message : String(error)).slice(0, 500));
  }
}
