import { describe, expect, it } from 'vitest';
import type { Till } from '#health/queries/tills.ts';
import { signal } from '#health/signals/silent-tills.ts';
import { says } from './makers.ts';

const minutes = 60;
/** A till that has been open for six hours and sells every three minutes. */
const till = (name: string, lastOrder: number | null, fields: Partial<Till> = {}): Till => ({
  session: `POS/${name}`,
  till: name,
  state: 'opened',
  rescue: false,
  openSeconds: 6 * 3600,
  stateSeconds: 6 * 3600,
  orders: 120,
  lastOrderSeconds: lastOrder,
  ...fields,
});
const busy = [till('A', 20), till('B', 200)];

describe('silent-tills', () => {
  it('is well while all sell, none is open, or nobody sells at all', () => {
    expect(says(signal, busy)).toBe('ok: 2 tills open, 2 sold in 15 min');
    expect(says(signal, [])).toBe('ok: no till is open');
    expect(says(signal, [till('A', 4000), till('B', 5000)])).toBe('ok: 2 tills open, none has sold in 15 min');
  });

  it('warns of one that stopped while others sell, and is critical for three', () => {
    expect(says(signal, [...busy, till('C', 29 * minutes)])).toMatch(/^ok/);
    expect(says(signal, [...busy, till('C', 31 * minutes)])).toBe('warn: till C silent for 31m, while 2 others sell');
    const silent = ['C', 'D', 'E'].map((name, n) => till(name, (40 + n) * minutes));
    expect(says(signal, [...busy, ...silent])).toBe('critical: till E silent for 42m and 2 more, while 2 others sell');
  });

  it('knows a slow till by its own pauses', () => {
    expect(says(signal, [...busy, till('Click & collect', 90 * minutes, { orders: 4 })])).toMatch(/^ok/);
    expect(says(signal, [...busy, till('Returns', 290 * minutes, { orders: 40 })])).toMatch(/^warn/);
  });

  it('counts a till without a first order from its opening', () => {
    const fresh = { orders: 0, openSeconds: 25 * minutes };
    expect(says(signal, [...busy, till('C', null, fresh)])).toMatch(/^ok/);
    expect(says(signal, [...busy, till('C', null, { ...fresh, openSeconds: 45 * minutes })])).toBe(
      'warn: till C silent for 45m, while 2 others sell',
    );
  });

  it('takes an order from the future for one that has just come', () => {
    expect(says(signal, [...busy, till('C', -200)])).toBe('ok: 3 tills open, 3 sold in 15 min');
  });

  it('warns of sessions that wait for a person', () => {
    expect(says(signal, [...busy, till('C', 60, { state: 'closing_control', stateSeconds: 3600 })])).toBe(
      'warn: till C has been closing for 1h00m',
    );
    expect(says(signal, [...busy, till('C', 60, { rescue: true, orders: 7 })])).toBe(
      'warn: rescue session of C holds 7 late orders',
    );
    expect(says(signal, [...busy, till('C', 60, { openSeconds: 8 * 86_400 })])).toBe('warn: till C open for 8d0h');
  });
});
