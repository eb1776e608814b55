import type { Watcher } from '#health/watcher.ts';
import { followed } from '../tenants/moves.ts';
import type { ConsoleState } from './state.ts';

/** How long the last session's picture stands in for one that is still being taken. */
const longestStandInMs = 8_000;

/**
 * The state with what the watcher knows now; the same state when it knows nothing new. The last session's picture stays
 * until there is more in the new one than tenants that are being looked for.
 */
export function observed(
  state: ConsoleState,
  watcher: Pick<Watcher, 'picture' | 'detail'>,
  waitedMs: number,
): ConsoleState {
  const picture = watcher.picture();
  const detail = watcher.detail();
  // The estate's file names some tenants at once, the others are found: a table that shrinks and grows again helps nobody.
  const expected = Math.max(picture.tenants.length, state.picture?.tenants.length ?? 0);
  const known = picture.tenants.filter(({ grade }) => grade !== 'unknown').length * 2 > expected;
  if (state.fromDisk && !picture.settled && !known && waitedMs < longestStandInMs) {
    return detail === state.detail ? state : { ...state, detail };
  }
  if (picture === state.picture && detail === state.detail) {
    return state;
  }
  return followed(state, { ...state, picture, detail, fromDisk: false, progress: null });
}

export interface Pace {
  /** Something changed: publishes now, or when the last time is long enough ago. */
  due(): void;
  stop(): void;
}

/** On the leading edge, and after that at most once every `gapMs` (design §8). */
export function paced(publish: () => void, gapMs: number, monotonic: () => number): Pace {
  let last = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  const now = () => {
    timer = undefined;
    last = monotonic();
    publish();
  };
  return {
    due() {
      if (timer !== undefined) {
        return;
      }
      const wait = last + gapMs - monotonic();
      if (wait <= 0) {
        now();
      } else {
        timer = setTimeout(now, wait);
      }
    },
    stop() {
      clearTimeout(timer);
    },
  };
}
