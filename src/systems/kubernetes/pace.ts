import { setTimeout } from 'node:timers/promises';

/** The times that a reader keeps, in milliseconds. Tests set their own; nothing else should. */
export interface Pace {
  /** A server that takes this long to begin its answer does not answer. */
  readonly answer: number;
  /** A stream that has told nothing for this long is asked after. */
  readonly quiet: number;
  /** The answer to that question has this long. */
  readonly probe: number;
  /** Rows without a live stream for this long are stale. */
  readonly lag: number;
  /** A WatchList that has sent nothing for this long and not ended its first picture is no WatchList. */
  readonly marker: number;
  /** A watch without a byte, bookmarks included, is opened anew: they come each minute. */
  readonly silent: number;
  /** Between two tries at what we may not do, or are not known for. */
  readonly denied: number;
  /** Between two looks at the list of known namespaces. */
  readonly namespaces: number;
  /** A credential plugin has this long; it may not ask a person. */
  readonly plugin: number;
  /** A stream that lived this long was healthy: trouble after it is new trouble. */
  readonly healthy: number;
}

export const usualPace: Pace = {
  answer: 10_000,
  quiet: 10_000,
  probe: 5_000,
  lag: 10_000,
  marker: 10_000,
  silent: 150_000,
  denied: 60_000,
  namespaces: 5_000,
  plugin: 30_000,
  healthy: 30_000,
};

/** Resolves after the time, or at once when the signal ends it. Never rejects. */
export type Wait = (ms: number, signal: AbortSignal) => Promise<void>;

export const wait: Wait = (ms, signal) => setTimeout(ms, undefined, { signal }).catch(() => undefined);
