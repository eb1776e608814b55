import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { timeOf, ulidMaker, ulidPattern } from '#ledger/ulid.ts';
import { clockAt, noon } from './world.ts';

describe('an id', () => {
  it('sorts by time, also within a millisecond and when the clock goes back', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -5_000, max: 5_000 }), { minLength: 2, maxLength: 30 }), (steps) => {
        const clock = clockAt();
        const newId = ulidMaker({ clock, random: randomBytes });
        const ids = steps.map((step) => {
          clock.pass(step);
          return newId();
        });
        expect([...ids].sort()).toEqual(ids);
        expect(new Set(ids).size).toBe(ids.length);
        expect(ids.every((id) => ulidPattern.test(id))).toBe(true);
      }),
    );
  });

  it('tells when it was made', () => {
    expect(timeOf(ulidMaker({ clock: clockAt(), random: randomBytes })())).toBe(noon);
    // The example of the ULID specification.
    expect(timeOf('01ARZ3NDEKTSV4RRFFQ69G5FAV')).toBe(1_469_922_850_259);
  });

  it('is the time and eighty random bits, and nothing else', () => {
    const newId = ulidMaker({
      clock: { now: () => 1_469_922_850_259 },
      random: (count) => new Uint8Array(count).fill(255),
    });
    expect(newId()).toBe('01ARZ3NDEKZZZZZZZZZZZZZZZZ');
  });
});
