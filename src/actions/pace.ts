import type { ProgressEvent } from './progress.ts';

/** How fast it goes, and how long it still takes at that; null while it cannot be told. */
export interface Pace {
  /** Of what it counts, a second. */
  readonly rate: number | null;
  readonly leftSeconds: number | null;
}

/** Follows the words of one operation, oldest first. */
export interface PaceKeeper {
  tell(event: ProgressEvent): void;
  /** `now` in epoch milliseconds: what has not moved for a while gets slower and slower, as it does. */
  at(now: number): Pace;
}

/** Long enough that one slow part does not make an hour of a minute, short enough to notice a line that got slow. */
const windowMs = 30_000;
/** From less than this an estimate would be a guess. */
const leastMs = 1_500;

export function paceKeeper(): PaceKeeper {
  let samples: readonly ProgressEvent[] = [];
  return {
    tell(event) {
      const kept = goesOn(samples.at(-1), event) ? samples : [];
      // One from before the window stays, so that what is slow still has two.
      const young = kept.findIndex(({ at }) => at >= event.at - windowMs);
      samples = event.done === null ? [] : [...kept.slice(young === -1 ? -1 : Math.max(0, young - 1)), event];
    },
    at(now) {
      const [first, last] = [samples[0], samples.at(-1)];
      const done = (last?.done ?? 0) - (first?.done ?? 0);
      const ms = Math.max(last?.at ?? 0, now) - (first?.at ?? 0);
      if (last === undefined || done <= 0 || ms < leastMs) {
        return { rate: null, leftSeconds: null };
      }
      const rate = (done / ms) * 1000;
      return { rate, leftSeconds: last.of === null ? null : Math.max(0, (last.of - (last.done ?? 0)) / rate) };
    },
  };
}

/** Another step counts anew. */
function goesOn(last: ProgressEvent | undefined, { done, of, unit }: ProgressEvent): boolean {
  return last !== undefined && last.of === of && last.unit === unit && (done ?? 0) >= (last.done ?? 0);
}
