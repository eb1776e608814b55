import { describe, expect, it } from 'vitest';
import { signal } from '#health/signals/wraparound.ts';
import { says, tenant } from './makers.ts';

const aged = (age: number, freezeMax = 200_000_000) => ({
  byName: { harbour_shoes: { deadlocks: 0, epoch: '', age } },
  freezeMax,
});

describe('wraparound', () => {
  it('tells how far along a healthy database is', () => {
    expect(says(signal, aged(150_000_000))).toBe('ok: 6 % of the way to wraparound');
  });

  it('warns when vacuum tries by force and does not get there', () => {
    expect(says(signal, aged(400_000_001))).toBe(
      'warn: harbour_shoes not frozen for 400,000,001 transactions, 18 % of the way to wraparound',
    );
    expect(says(signal, aged(400_000_001, 1_000_000_000))).toMatch(/^ok/);
  });

  it('is critical before the server stops writing', () => {
    expect(says(signal, aged(1_600_000_000))).toMatch(/^critical: .* 74 % of the way/);
  });

  it('does not apply to a database that is not there', () => {
    expect(says(signal, aged(1), { tenant: tenant({ database: 'gone' }) })).toBeNull();
  });
});
