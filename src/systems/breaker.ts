import type { Clock } from '#text/clock.ts';
import type { ReadFailure } from './source.ts';

/** After the first failure at most this long, doubling to the second (facts: data-tier.md §7). */
const firstPause = 1_000;
const longestPause = 30_000;

type OfServer = (failure: unknown) => failure is ReadFailure;

/**
 * Stands before everything that opens a connection to one server. While the server is known to be down, asks fail at once
 * with the reason that is known, instead of each after its own deadline; pauses between tries grow, with jitter, to 30 s.
 */
export interface Breaker {
  /** The failure of the last try; null once a try has succeeded. */
  readonly failure: ReadFailure | null;
  /**
   * Makes a try, or throws the known failure. An urgent ask tries even during a pause. While the server is known to be
   * down only one try is made at a time; those who come meanwhile share its outcome.
   * `isOfServer` tells failures of the server from those of one database or one read, which change nothing here.
   */
  try<T>(urgent: boolean, connect: () => Promise<T>, isOfServer: OfServer): Promise<T>;
  /** The known failure, when an ask that is made now would get nothing else; null when it is worth queueing. */
  refusal(urgent: boolean): ReadFailure | null;
  /** A failure noticed elsewhere, by work begun at `startedAt` (monotonic): an open connection that fell silent. */
  failed(failure: ReadFailure, startedAt: number): void;
}

export interface BreakerOptions {
  readonly clock: Clock;
  /** Between 0 and 1, for jitter. */
  readonly random?: () => number;
}

export function openBreaker({ clock, random = Math.random }: BreakerOptions): Breaker {
  let failure: ReadFailure | null = null;
  let failures = 0;
  let failedAt = Number.NEGATIVE_INFINITY;
  let pausedUntil = Number.NEGATIVE_INFINITY;
  let trial: Promise<unknown> | null = null;

  function failed(next: ReadFailure, startedAt: number): void {
    failure = next;
    // Tries that ran side by side are one failure, not several; but each says that the server is still away.
    if (startedAt >= failedAt) {
      failures += 1;
      failedAt = clock.monotonic();
    }
    const pause = Math.min(longestPause, firstPause * 2 ** (failures - 1));
    pausedUntil = Math.max(pausedUntil, clock.monotonic() + pause * (0.5 + random() / 2));
  }

  async function attempt<T>(connect: () => Promise<T>, isOfServer: OfServer): Promise<T> {
    const startedAt = clock.monotonic();
    try {
      const connection = await connect();
      failure = null;
      failures = 0;
      return connection;
    } catch (error) {
      if (isOfServer(error)) {
        failed(error, startedAt);
      } else {
        // The server did answer, about this one database.
        failure = null;
        failures = 0;
      }
      throw error;
    }
  }

  return {
    get failure() {
      return failure;
    },
    refusal: (urgent) => (urgent || (trial === null && clock.monotonic() >= pausedUntil) ? null : failure),
    failed,
    async try(urgent, connect, isOfServer) {
      if (failure !== null && trial !== null) {
        await trial.catch(() => undefined);
        if (failure !== null) {
          throw failure;
        }
      }
      if (failure === null) {
        return attempt(connect, isOfServer);
      }
      if (!urgent && clock.monotonic() < pausedUntil) {
        throw failure;
      }
      const mine = attempt(connect, isOfServer);
      trial = mine;
      try {
        return await mine;
      } finally {
        trial = null;
      }
    },
  };
}
