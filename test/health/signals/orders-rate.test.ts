import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Orders, orders } from '#health/queries/orders.ts';
import { signal } from '#health/signals/orders-rate.ts';
import { reading, says } from './makers.ts';

const selling = (recent: number, baseline: number | null, fields: Partial<Orders> = {}): Orders => ({
  recent,
  baseline,
  weeks: baseline === null ? 0 : 6,
  lastHour: [],
  lastOrderAt: null,
  lastOrderSeconds: null,
  ...fields,
});

describe('orders-rate', () => {
  it('compares with the same weekday and hour', () => {
    expect(says(signal, selling(24, 22))).toBe('ok: 24 orders in 15 min, usual 22 (same weekday and hour, 6 weeks)');
    expect(reading(signal, selling(24, 22))?.value).toBe(109);
  });

  it('says for how long nothing was sold', () => {
    expect(says(signal, selling(0, 22, { lastOrderSeconds: 38 * 60 }))).toBe(
      'critical: no order for 38 min, usual 22 (same weekday and hour, 6 weeks)',
    );
    expect(says(signal, selling(0, 22, { lastOrderSeconds: 3 * 3600 }))).toMatch(/^critical: no order for 3h00m/);
    expect(says(signal, selling(0, 22))).toMatch(/^critical: no order for over 7 days/);
  });

  it('warns at half of what is usual, is critical at a quarter', () => {
    expect(says(signal, selling(51, 100))).toMatch(/^ok/);
    expect(says(signal, selling(50, 100))).toMatch(/^warn: 50 orders in 15 min, usual 100/);
    expect(says(signal, selling(25, 100))).toMatch(/^critical/);
  });

  it('does not call chance a fall: 6 where 12 are usual happens every day', () => {
    expect(says(signal, selling(6, 12))).toMatch(/^ok: 6 orders/);
    expect(says(signal, selling(2, 12))).toMatch(/^ok: 2 orders/);
    expect(says(signal, selling(1, 12))).toMatch(/^critical: 1 order /);
  });

  it('judges nothing on too little', () => {
    expect(reading(signal, selling(0, 9))).toMatchObject({
      grade: 'unknown',
      reason: 'no-baseline',
      message: '0 orders in 15 min, usual 9 (same weekday and hour, 6 weeks): too few to judge',
    });
    expect(reading(signal, selling(40, null))).toMatchObject({ grade: 'unknown', reason: 'no-baseline' });
  });

  it('never grows worse with more orders', () => {
    const severity = ['ok', 'warn', 'critical'];
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 5000 }), fc.nat(5000), fc.nat(500), (usual, recent, more) => {
        const of = (count: number) => severity.indexOf(reading(signal, selling(count, usual))?.grade ?? '');
        expect(of(recent + more)).toBeLessThanOrEqual(of(recent));
      }),
    );
  });
});

describe('the orders of a database', () => {
  const now = 1_795_772_460;
  const week = 7 * 86_400;
  const parse = (windows: readonly number[], firstWeeksAgo: number, hour: readonly number[] = []) =>
    orders.parse([{ windows, hour, first_at: now - firstWeeksAgo * week, last_at: now - 90, now_at: now }]);

  it('have the median of six weeks for a baseline, so that one holiday does not move it', () => {
    expect(parse([30, 22, 24, 0, 20, 23, 300], 52)).toMatchObject({ recent: 30, baseline: 22.5, weeks: 6 });
  });

  it('compare a young shop with the weeks it has', () => {
    expect(parse([5, 12, 14, 0, 0, 0, 0], 2.4)).toMatchObject({ baseline: 13, weeks: 2 });
    expect(parse([5, 0, 0, 0, 0, 0, 0], 0.9)).toMatchObject({ baseline: null, weeks: 0 });
  });

  it('always have twelve buckets, and a last order by the server’s clock', () => {
    expect(parse([1], 52, [1, 2, 3]).lastHour).toEqual([1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(parse([1], 52).lastOrderSeconds).toBe(90);
    expect(orders.parse([])).toEqual({
      recent: 0,
      baseline: null,
      weeks: 0,
      lastHour: Array.from({ length: 12 }, () => 0),
      lastOrderAt: null,
      lastOrderSeconds: null,
    });
  });
});
