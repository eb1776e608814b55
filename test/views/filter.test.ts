import { describe, expect, it } from 'vitest';
import { parseFilter } from '#views/tenants/filter.ts';
import { nordic } from './estates.ts';
import { aLayer, aSignal, aTenant } from './makers.ts';

const { tenants } = nordic();
const found = (filter: string) => tenants.filter(parseFilter(filter).matches).map(({ tenant }) => tenant);

describe('a filter', () => {
  it.each([
    ['', 12],
    ['home', 1],
    ['HOME', 1],
    ['grade=critical', 2],
    ['grade=crit,warn', 3],
    ['grade!=ok', 4],
    ['!grade=ok', 4],
    ['!grade!=ok', 8],
    ['tier=critical !harbour', 2],
    ['env=production platform=ok', 9],
    ['business=none', 1],
    ['reason=unreachable', 1],
    ['frozen=yes', 1],
    ['frozen=black', 1],
    ['hosting=shared', 1],
    ['cluster=eu-stage', 1],
    ['retailer=harbour', 1],
    ['signal=blocked', 1],
    ['tenant=', 12],
    ['blocked 8812', 1],
    ['! ', 12],
  ])('%j finds %i', (filter, count) => {
    expect(found(filter)).toHaveLength(count);
    expect(parseFilter(filter).mistake).toBeNull();
  });

  it('finds what shares a cause', () => {
    const signals = [
      aSignal({ name: 'postgres-reachable', layer: 'platform', grade: 'unknown', cause: 'postgres/pg-2' }),
    ];
    const tenant = aTenant('one', {
      signals,
      layers: { platform: aLayer('unknown'), application: null, business: null },
    });
    expect(parseFilter('cause=postgres/pg-2').matches(tenant)).toBe(true);
  });

  it.each([
    ['tire=critical', 'nothing is called tire; tier= was meant?'],
    ['t=1', /^nothing is called t; there are tenant, tier/],
  ])('says that %j asks about nothing', (filter, mistake) => {
    expect(parseFilter(filter).mistake).toEqual(typeof mistake === 'string' ? mistake : expect.stringMatching(mistake));
  });
});
