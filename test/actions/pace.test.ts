import { describe, expect, it } from 'vitest';
import { progressLines } from '#actions/how-far-words.ts';
import { paceKeeper } from '#actions/pace.ts';
import type { ProgressEvent } from '#actions/progress.ts';

const MiB = 1024 ** 2;
const word = (second: number, done: number, change: Partial<ProgressEvent> = {}): ProgressEvent => ({
  ...{ at: second * 1000, words: 'dumping', done: done * MiB, of: 400 * MiB, unit: 'bytes' },
  ...change,
});

describe('how fast something goes', () => {
  it('is not said before there is enough to tell it from', () => {
    const pace = paceKeeper();
    pace.tell(word(0, 0));
    pace.tell(word(1, 50));
    expect(pace.at(1_000)).toEqual({ rate: null, leftSeconds: null });
  });

  it('is what came in the last half minute, and leads to what is left', () => {
    const pace = paceKeeper();
    for (let second = 0; second <= 100; second += 1) {
      // Ten a second at first, one a second since.
      pace.tell(word(second, second <= 20 ? second * 10 : 200 + (second - 20)));
    }
    const { rate, leftSeconds } = pace.at(100_000);
    expect(rate).toBeCloseTo(MiB, -3);
    expect(leftSeconds).toBeCloseTo(120, 0);
  });

  it('sinks while nothing is heard', () => {
    const pace = paceKeeper();
    pace.tell(word(0, 0));
    pace.tell(word(10, 100));
    expect(pace.at(10_000).rate).toBeCloseTo(10 * MiB, -3);
    expect(pace.at(100_000).rate).toBeCloseTo(MiB, -3);
  });

  it('begins anew with another step', () => {
    const pace = paceKeeper();
    pace.tell(word(0, 0));
    pace.tell(word(10, 400));
    pace.tell(word(11, 0, { words: 'packing', of: 10 * MiB }));
    expect(pace.at(11_000).rate).toBeNull();
  });

  it('is one line for each word on stderr, with sizes where it counts bytes', () => {
    const line = progressLines();
    expect(line(word(0, 0))).toBe('dumping (0 B of 400 MiB)');
    expect(line(word(10, 100))).toBe('dumping (100 MiB of 400 MiB · 10.0 MiB/s · 30s left)');
    expect(line({ at: 11_000, words: 'waiting for pods', done: 2, of: 3 })).toBe('waiting for pods (2/3)');
    expect(line({ at: 12_000, words: 'verifying', done: null, of: null })).toBe('verifying');
  });
});
