import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '#text/clock.ts';

/** Waits until so many bytes more may be taken. */
export type Budget = (bytes: number, signal?: AbortSignal) => Promise<void>;

/**
 * So many bytes a second, on the whole: whoever waited for something else does not get to hurry afterwards. Whoever is kept waiting
 * reads no further, so that pg_dump, and the server behind it, wait too. Without a number it never waits.
 */
export function budgetOf(bytesPerSecond: number | undefined, clock: Pick<Clock, 'monotonic'>): Budget {
  if (bytesPerSecond === undefined) {
    return async () => undefined;
  }
  let freeAt = Number.NEGATIVE_INFINITY;
  return async (bytes, signal) => {
    const now = clock.monotonic();
    freeAt = Math.max(now, freeAt) + (bytes / bytesPerSecond) * 1000;
    const wait = freeAt - now;
    // Timers are no finer than a millisecond, and a chunk is much less: what is owed is paid in steps.
    if (wait >= leastPauseMs) {
      await pause(wait, undefined, signal === undefined ? {} : { signal });
    }
  };
}

const leastPauseMs = 20;
