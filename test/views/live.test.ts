import { describe, expect, it } from 'vitest';
import type { ConsoleOptions } from '#views/options.ts';
import { beginning } from '#views/state/begin.ts';
import { observed } from '#views/state/live.ts';
import type { ConsoleState } from '#views/state/state.ts';
import { aPicture, aTenant, blackFriday } from './makers.ts';

const names = ['cedar-home', 'harbour-shoes', 'kaffe-te', 'maple-toys'];
const last = aPicture(names.map((name) => aTenant(name)));
const fromDisk = beginning({
  estate: { name: 'nordic', mode: 'READ-ONLY', clusters: [], tiers: [] },
  lastPicture: last,
  stdout: { columns: 80, rows: 24 },
  clock: { now: () => blackFriday },
  preferences: { theme: 'none', history: [] },
  env: {},
} as unknown as ConsoleOptions);

function seeing(count: number, settled: boolean, waitedMs = 0): ConsoleState {
  const picture = { ...aPicture(names.slice(0, count).map((name) => aTenant(name))), settled };
  return observed(fromDisk, { picture: () => picture, detail: () => null }, waitedMs);
}

describe('the last session’s picture', () => {
  it('stays while only those tenants are there that the estate’s file names: the table must not shrink and grow', () => {
    expect(seeing(1, false)).toBe(fromDisk);
  });

  it('gives way to one that is whole, or as large as it was, or when it has waited long enough', () => {
    for (const next of [seeing(1, true), seeing(4, false), seeing(1, false, 9_000)]) {
      expect(next.fromDisk).toBe(false);
    }
  });
});
