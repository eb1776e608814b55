import { describe, expect, it } from 'vitest';
import { judged, numbersOf } from '#actions/drills/failover/judge.ts';

const rows = (...numbers: readonly number[]) => new Set(numbers);
const acknowledged = (...pairs: readonly (readonly [row: number, at: number])[]) =>
  pairs.map(([row, at]) => ({ row, at }));
const refused = (at: number) => ({ at, code: '57P01', words: 'terminating connection' });

describe('what a probe came to', () => {
  it('is the longest silence between two acknowledgements, and nothing lost', () => {
    const written = { acknowledged: acknowledged([1, 0], [2, 50], [5, 1_450], [6, 1_500]), refusals: [refused(100)] };
    expect(judged(written, rows(1, 2, 5, 6))).toEqual({
      ...{ acknowledged: 4, lost: [], gapMs: 1_400, lostMs: 0, unanswered: 0 },
    });
  });

  it('is lost from the last row that was kept to the last that was not', () => {
    const written = {
      acknowledged: acknowledged([1, 0], [2, 50], [3, 100], [4, 150], [9, 2_000]),
      refusals: [refused(200)],
    };
    expect(judged(written, rows(1, 2, 9))).toMatchObject({ lost: [3, 4], lostMs: 100 });
    expect(judged(written, rows())).toMatchObject({ lost: [1, 2, 3, 4, 9], lostMs: 2_000 });
  });

  it('counts a row that is there unasked for apart: its answer was cut off, so nobody was promised anything', () => {
    const written = { acknowledged: acknowledged([1, 0], [3, 900]), refusals: [refused(60)] };
    expect(judged(written, rows(1, 2, 3))).toMatchObject({ lost: [], unanswered: 1 });
  });

  it('has no end while the last word was a refusal', () => {
    expect(judged({ acknowledged: acknowledged([1, 0]), refusals: [refused(60)] }, rows(1)).gapMs).toBeNull();
    expect(judged({ acknowledged: [], refusals: [refused(60)] }, rows()).gapMs).toBeNull();
  });

  it('after a way back holds to what was promised on the way there, and times only itself', () => {
    const promised = acknowledged([1, 0], [2, 50]);
    const written = { acknowledged: acknowledged([3, 60_000], [4, 60_050]), refusals: [] };
    expect(judged(written, rows(2, 3, 4), promised)).toMatchObject({ acknowledged: 4, lost: [1], gapMs: 50 });
    expect(judged(written, rows(1, 2, 3, 4), promised)).toMatchObject({ lost: [], unanswered: 0 });
  });
});

it('names many numbers shortly', () => {
  expect(numbersOf([212, 213, 214, 230])).toBe('212–214, 230');
  expect(numbersOf([1, 3, 5, 7], 2)).toBe('1, 3 and 2 more');
});
