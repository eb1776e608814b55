import { setTimeout as pause } from 'node:timers/promises';
import { object } from '#systems/kubernetes/foreign.ts';
import { ReadFailure } from '#systems/source.ts';
import type { ActWorld, Verdict } from '../action.ts';
import type { PlanObject } from '../plan.ts';
import { objectPath } from './object-path.ts';
import { type Rollout, rolloutOf } from './rollout.ts';

const everyMs = 500;

export type Workplace = Pick<PlanObject, 'kind' | 'namespace' | 'name'> & { readonly cluster: string };

/** Polls until `look` is content or the time is up; a time-out is unknown, never failed (design §4). */
export async function untilDone(world: ActWorld, look: () => Promise<Rollout>): Promise<Verdict> {
  let last = 'nothing was heard of it';
  for (;;) {
    try {
      const rollout = await look();
      last = rollout.words;
      if (rollout.status !== 'going') {
        return { status: rollout.status === 'done' ? 'ok' : 'failed', message: rollout.words };
      }
      world.progress({ words: rollout.words, done: rollout.available, of: rollout.wanted });
    } catch (error) {
      if (!(error instanceof ReadFailure)) {
        throw error;
      }
      last = error.message;
    }
    if (world.signal.aborted || world.clock.monotonic() + everyMs >= world.deadline) {
      const why = world.signal.aborted ? 'stopped watching' : 'the time is up';
      return { status: 'unknown', message: `written; ${why}: ${last}` };
    }
    await pause(everyMs, undefined, { signal: world.signal }).catch(() => undefined);
  }
}

/** Follows one workload after another to where its spec says. */
export async function followRollouts(workplaces: readonly Workplace[], world: ActWorld): Promise<Verdict> {
  const told: string[] = [];
  for (const workplace of workplaces) {
    const cluster = await world.cluster(workplace.cluster);
    const verdict = await untilDone(world, async () => rolloutOf(object(await cluster.get(objectPath(workplace)))));
    if (verdict.status !== 'ok') {
      return { ...verdict, message: `${workplace.name}: ${verdict.message}` };
    }
    told.push(`${workplace.name}: ${verdict.message}`);
  }
  return { status: 'ok', message: told.join('; ') };
}
