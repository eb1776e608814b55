import { describe, expect, it } from 'vitest';
import { modeNow, modeWords, noticesNow } from '#policy/access/mode.ts';
import { accessOf, aGrant, noon } from './world.ts';

describe('the mode', () => {
  it('is elevated while a grant of mine is active, and says how long', () => {
    expect(modeWords(modeNow(accessOf([aGrant()], { now: noon + 1 }), 'READ-ONLY'))).toBe('ELEVATED 14:59 left');
    expect(modeWords(modeNow(accessOf([aGrant()], { user: 'bob' }), 'READ-ONLY'))).toBe('READ-ONLY');
  });

  it('is READ-ONLY again at the very instant that it ends, without being told', () => {
    const at = (now: number) => modeNow(accessOf([aGrant()], { now }), 'READ-ONLY').mode;
    expect([at(noon + 899_999), at(noon + 900_000)]).toEqual(['ELEVATED', 'READ-ONLY']);
  });

  it('lasts as long as the longest of overlapping grants', () => {
    const longer = aGrant({ grant: '01JDQ000000000000000000002', expiresAt: '2026-11-27T14:00:30.000Z' });
    expect(modeWords(modeNow(accessOf([aGrant(), longer]), 'READ-ONLY'))).toBe('ELEVATED 2:00:30 left');
  });

  it('is not opened by the estate where a policy is in force, and is where none is', () => {
    expect(modeNow(accessOf([]), 'READ-WRITE').mode).toBe('READ-ONLY');
    expect(modeNow(accessOf([], { policy: null }), 'READ-WRITE').mode).toBe('READ-WRITE');
  });

  it('is READ-ONLY for whoever is locked', () => {
    const lock = {
      ...{ lock: 'L', seq: 1, at: '', person: 'alice', reason: null, until: null },
      actor: aGrant().actor,
    };
    const access = accessOf([aGrant()], { change: (state) => state.locks.set('L', lock) });
    expect(modeNow(access, 'READ-WRITE').mode).toBe('READ-ONLY');
  });
});

describe('notices', () => {
  it('name break-glass while it is open, and until somebody has reviewed it', () => {
    const glass = aGrant({ form: 'break-glass' });
    const told = (change: object, now = noon) => {
      const { broken, reviews } = noticesNow(accessOf([{ ...glass, ...change }], { now }));
      return [broken.length, reviews.length];
    };
    expect(told({})).toEqual([1, 1]);
    expect(told({}, noon + 3_600_000)).toEqual([0, 1]);
    expect(told({ review: { person: 'lea', verdict: 'justified', note: null, at: '' } }, noon + 3_600_000)).toEqual([
      0, 0,
    ]);
  });
});
