import { describe, expect, it } from 'vitest';
import type { PosSync } from '#health/queries/pos-sync.ts';
import { signal } from '#health/signals/pos-sync-lag.ts';
import { says } from './makers.ts';

const sync = (p95Seconds: number | null, fields: Partial<PosSync> = {}): PosSync => ({
  orders: 340,
  late: 0,
  p95Seconds,
  worstSeconds: p95Seconds,
  worstTill: null,
  ahead: 0,
  ...fields,
});

describe('pos-sync-lag', () => {
  it('grades how long 95 of 100 orders take', () => {
    expect(says(signal, sync(2))).toBe('ok: 95 % of 340 orders within 2s');
    expect(says(signal, sync(120))).toBe('warn: 95 % of 340 orders within 2m00s');
    expect(says(signal, sync(900))).toMatch(/^critical/);
  });

  it('names the till that came back late', () => {
    expect(says(signal, sync(300, { late: 12, worstSeconds: 7200, worstTill: 'Counter 3' }))).toBe(
      'warn: 12 of 340 orders over 10 min late, worst 2h00m at Counter 3',
    );
  });

  it('says nothing of a shop without orders, and tells clocks that are ahead from sync', () => {
    expect(says(signal, sync(null, { orders: 0 }))).toBe('ok: no till order in 2 h');
    expect(says(signal, sync(2, { ahead: 4 }))).toBe(
      'ok: 95 % of 340 orders within 2s; 4 orders from a till whose clock is ahead',
    );
  });
});
