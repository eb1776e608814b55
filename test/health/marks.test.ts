import { describe, expect, it } from 'vitest';
import type { Tenant } from '#estate/estate.ts';
import type { CalendarEntry } from '#estate/schema.ts';
import { type FreezeMark, freezeOn, incidentOn } from '#health/marks.ts';

const now = Date.parse('2026-11-27T12:00:00Z');
const tenant = {
  name: 'maple-toys',
  tier: 'standard',
  environment: 'production',
  cluster: 'eu',
  retailer: 'maple',
} as Tenant;

function freeze(fields: Partial<FreezeMark> = {}): FreezeMark {
  return {
    name: 'black-week',
    from: '2026-11-27T00:00:00Z',
    until: '2026-11-30T06:00:00Z',
    reason: 'peak',
    scope: { tenants: [], tiers: [], environments: [], clusters: [], retailers: [] },
    ...fields,
  };
}

describe('the freeze that is shown on a tenant', () => {
  it('is the one in force that covers it', () => {
    expect(freezeOn(tenant, [freeze()], [], now)).toEqual({
      name: 'black-week',
      until: '2026-11-30T06:00:00.000Z',
      reason: 'peak',
    });
  });

  it('is none before it begins, at its end, or where its scope leaves the tenant out', () => {
    const elsewhere = freeze({ scope: { ...freeze().scope, clusters: ['us'] } });
    expect(freezeOn(tenant, [freeze({ from: '2026-11-27T12:00:01Z' })], [], now)).toBeNull();
    expect(freezeOn(tenant, [freeze({ until: '2026-11-27T12:00:00Z' })], [], now)).toBeNull();
    expect(freezeOn(tenant, [elsewhere], [], now)).toBeNull();
  });

  it('is the one that ends last, wherever it is written', () => {
    const entry = { name: 'stocktaking', from: '2026-11-27T00:00:00Z', until: '2026-12-24T00:00:00Z' } as CalendarEntry;
    expect(freezeOn(tenant, [freeze()], [entry], now)?.name).toBe('stocktaking');
    expect(freezeOn(tenant, [freeze({ until: '2026-12-31T00:00:00Z' })], [entry], now)?.name).toBe('black-week');
  });
});

describe('the incident that is shown on a tenant', () => {
  it('is the newest that it is pinned to', () => {
    const incidents = [
      { name: 'slow', tenants: ['maple-toys'] },
      { name: 'checkout-down', tenants: ['maple-toys', 'bike-barn'] },
      { name: 'other', tenants: ['bike-barn'] },
    ];
    expect(incidentOn(tenant, incidents)).toBe('checkout-down');
    expect(incidentOn({ ...tenant, name: 'cedar-home' }, incidents)).toBeNull();
  });
});
