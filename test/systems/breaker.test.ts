import { beforeEach, describe, expect, it } from 'vitest';
import { type Breaker, openBreaker } from '#systems/breaker.ts';
import { ReadFailure } from '#systems/source.ts';

let now = 0;
let breaker: Breaker;
let tries = 0;

const down = new ReadFailure('unreachable', 'refused');
const isOfServer = (failure: unknown): failure is ReadFailure => failure === down;

beforeEach(() => {
  now = 0;
  tries = 0;
  breaker = openBreaker({ clock: { now: () => now, monotonic: () => now }, random: () => 1 });
});

function attempt(outcome: 'up' | ReadFailure, urgent = false): Promise<string> {
  return breaker.try(
    urgent,
    async () => {
      tries += 1;
      now += 1;
      if (outcome !== 'up') {
        throw outcome;
      }
      return outcome;
    },
    isOfServer,
  );
}

describe('a breaker', () => {
  it('hands out the known failure during a pause, without a try', async () => {
    await expect(attempt(down)).rejects.toBe(down);
    now += 500;
    await expect(attempt('up')).rejects.toBe(down);
    expect(tries).toBe(1);
    expect(breaker.refusal(false)).toBe(down);
  });

  it('tries again after the pause, and is as good as new after a success', async () => {
    await expect(attempt(down)).rejects.toBe(down);
    now += 1_001;
    expect(breaker.refusal(false)).toBe(null);
    expect(await attempt('up')).toBe('up');
    expect(breaker.failure).toBe(null);
  });

  it('pauses longer after each failure, up to half a minute', async () => {
    const pauses: number[] = [];
    for (let failure = 0; failure < 8; failure += 1) {
      await attempt(down, true).catch(() => undefined);
      const failedAt = now;
      while (breaker.refusal(false) !== null) {
        now += 100;
      }
      pauses.push(Math.round((now - failedAt) / 1_000));
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 30, 30, 30]);
  });

  it('lets an urgent ask through at any time', async () => {
    await expect(attempt(down)).rejects.toBe(down);
    expect(await attempt('up', true)).toBe('up');
  });

  it('makes one try at a time while the server is away, and all share what came of it', async () => {
    await expect(attempt(down)).rejects.toBe(down);
    const outcomes = await Promise.allSettled([attempt(down, true), attempt('up', true), attempt('up', true)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(tries).toBe(2);
  });

  it('lets everybody in once the one try succeeded', async () => {
    await expect(attempt(down)).rejects.toBe(down);
    expect(await Promise.all([attempt('up', true), attempt('up', true), attempt('up', true)])).toHaveLength(3);
    expect(tries).toBe(4);
  });

  it('counts tries that ran side by side once', async () => {
    const both = [attempt(down), attempt(down)];
    await Promise.allSettled(both);
    now += 1_100;
    expect(breaker.refusal(false)).toBe(null);
  });

  it('is not moved by failures that are not the server’s', async () => {
    const other = new ReadFailure('forbidden', 'no such database');
    await expect(attempt(other)).rejects.toBe(other);
    expect(await attempt('up')).toBe('up');
  });

  it('spreads tries of many consoles', async () => {
    const early = openBreaker({ clock: { now: () => now, monotonic: () => now }, random: () => 0 });
    early.failed(down, 0);
    now += 501;
    expect(early.refusal(false)).toBe(null);
  });
});
