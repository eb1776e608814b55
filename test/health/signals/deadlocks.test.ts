import { describe, expect, it } from 'vitest';
import type { Counters } from '#health/queries/counters.ts';
import { signal } from '#health/signals/deadlocks.ts';
import { minutesAgo, says, tenant } from './makers.ts';

const counted = (deadlocks: number, epoch = '1/false/2'): Counters => ({
  byName: { harbour_shoes: { deadlocks, epoch, age: 1 } },
  freezeMax: 200_000_000,
});
const earlier = (deadlocks: number, epoch?: string) => ({
  previous: { value: counted(deadlocks, epoch), at: minutesAgo(5) },
});

describe('deadlocks', () => {
  it('counts from one sample to the next, over the time between them', () => {
    expect(says(signal, counted(7), earlier(7))).toBe('ok: none in 5m00s');
    expect(says(signal, counted(8), earlier(7))).toBe('warn: 1 deadlock in 5m00s');
    expect(says(signal, counted(17), earlier(7))).toBe('critical: 10 deadlocks in 5m00s');
  });

  it('knows at the first sample that there has never been one', () => {
    expect(says(signal, counted(0))).toBe('ok: no deadlock since the counters began');
  });

  it('claims nothing without a sample of the same server and the same statistics', () => {
    const nothing = 'unknown: 7 deadlocks in all, no earlier sample to compare with';
    expect(says(signal, counted(7))).toBe(nothing);
    expect(says(signal, counted(7), earlier(3, '1/true/2'))).toBe(nothing);
    expect(says(signal, counted(7), earlier(90))).toBe(nothing);
  });

  it('does not apply to a database that the server does not have', () => {
    expect(says(signal, counted(7), { tenant: tenant({ database: 'toString' }) })).toBeNull();
    expect(says(signal, counted(7), { tenant: tenant({ database: null }) })).toBeNull();
  });
});
