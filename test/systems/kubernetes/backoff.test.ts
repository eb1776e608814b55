import { describe, expect, it } from 'vitest';
import { Backoff } from '#systems/kubernetes/backoff.ts';

const waits = (backoff: Backoff, count: number) => Array.from({ length: count }, () => backoff.next());

describe('waiting before another try', () => {
  it('doubles from 0.8 s to 30 s', () => {
    expect(waits(new Backoff(() => 0), 8)).toEqual([800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]);
  });

  it('is stretched by chance, so that many consoles do not return at once', () => {
    expect(waits(new Backoff(() => 0.25), 2)).toEqual([1000, 2000]);
  });

  it('begins anew after a healthy stretch', () => {
    const backoff = new Backoff(() => 0);
    waits(backoff, 5);
    backoff.reset();
    expect(backoff.next()).toBe(800);
  });
});
