import { describe, expect, it } from 'vitest';
import type { Tenant } from '#estate/estate.ts';
import { type Choice, chooseTenants, isOpen } from '#grammar/choose.ts';
import { TillError } from '#text/till-error.ts';

const nobodyIsAsked: Choice = {
  names: [],
  selectors: [],
  tiers: [],
  environments: [],
  retailers: [],
  clusters: [],
  all: false,
};

function tenant(name: string, fields: Partial<Tenant> = {}): Tenant {
  return {
    name,
    retailer: null,
    environment: null,
    tier: null,
    hosting: 'dedicated',
    timezone: 'UTC',
    currency: null,
    cluster: 'eu',
    namespace: name,
    selector: null,
    postgres: null,
    database: null,
    redis: null,
    front: null,
    host: null,
    thresholds: {},
    ...fields,
  };
}

const tenants = [
  tenant('harbour-shoes', { tier: 'critical', environment: 'production', retailer: 'harbour' }),
  tenant('harbour-stage', { tier: 'basic', environment: 'staging', retailer: 'harbour' }),
  tenant('shop-0013', { tier: 'basic', environment: 'production', cluster: 'us' }),
  tenant('shop-0014', { hosting: 'shared' }),
];

function chosen(choice: Partial<Choice>): readonly string[] {
  return chooseTenants(tenants, { ...nobodyIsAsked, ...choice }).map(({ name }) => name);
}

function refusal(choice: Partial<Choice>, among: readonly Tenant[] = tenants): TillError {
  try {
    chooseTenants(among, { ...nobodyIsAsked, ...choice });
  } catch (error) {
    if (error instanceof TillError) {
      return error;
    }
  }
  throw new Error('it was not refused');
}

describe('choosing tenants', () => {
  it('means every tenant when nothing is said, and the caller can tell', () => {
    expect(chosen({})).toHaveLength(4);
    expect(isOpen(nobodyIsAsked)).toBe(true);
    expect(isOpen({ ...nobodyIsAsked, all: true })).toBe(false);
  });

  it.each<[Partial<Choice>, readonly string[]]>([
    [{ all: true }, ['harbour-shoes', 'harbour-stage', 'shop-0013', 'shop-0014']],
    [{ names: ['shop-0014', 'harbour-shoes'] }, ['harbour-shoes', 'shop-0014']],
    [{ names: ['shop-*', 'harbour-shoes'] }, ['harbour-shoes', 'shop-0013', 'shop-0014']],
    [{ names: ['harbour-*'], tiers: ['critical'] }, ['harbour-shoes']],
    [{ tiers: ['critical', 'basic'] }, ['harbour-shoes', 'harbour-stage', 'shop-0013']],
    [{ environments: ['production'], clusters: ['us'] }, ['shop-0013']],
    [{ retailers: ['harbour'] }, ['harbour-shoes', 'harbour-stage']],
    [{ selectors: ['tier=basic', 'environment==staging'] }, ['harbour-stage']],
    [{ selectors: ['tier!=basic'] }, ['harbour-shoes', 'shop-0014']],
    [{ selectors: ['hosting=shared'] }, ['shop-0014']],
    [{ selectors: [' name = shop-0013 '] }, ['shop-0013']],
  ])('takes %j', (choice, names) => {
    expect(chosen(choice)).toEqual(names);
  });

  it.each<[Partial<Choice>, string, string, string]>([
    [
      { names: ['harbor-shoes'] },
      'unknown-tenant',
      'there is no tenant "harbor-shoes"',
      'did you mean "harbour-shoes"?',
    ],
    [{ names: ['zzz'] }, 'unknown-tenant', 'there is no tenant "zzz"', 'till status -o name lists the tenants'],
    [{ names: ['x-*'] }, 'unknown-tenant', 'no tenant\'s name matches "x-*"', ''],
    [{ tiers: ['critcal'] }, 'empty-selection', 'no tenant has the tier "critcal"', 'did you mean "critical"?'],
    [{ clusters: ['moon'] }, 'empty-selection', 'no tenant has the cluster "moon"', 'there is eu, us'],
    [{ tiers: ['critical'], clusters: ['us'] }, 'empty-selection', 'no tenant is left of 4 by that choice', ''],
    [{ selectors: ['tire=basic'] }, 'usage', '-l knows no key "tire"', 'did you mean -l tier=basic?'],
    [{ selectors: ['basic'] }, 'usage', '-l cannot read "basic"', 'write it as -l tier=critical'],
    [{ all: true, names: ['shop-0013'] }, 'usage', '--all and a choice of tenants contradict each other', ''],
  ])('refuses %j with exit 2', (choice, reason, message, next) => {
    const error = refusal(choice);
    expect(error).toMatchObject({ exit: 2, reason });
    expect(error.message).toContain(message);
    expect(error.next).toContain(next);
  });

  it('refuses --all of an estate without tenants, and gives nobody when nothing was asked', () => {
    expect(refusal({ all: true }, [])).toMatchObject({ reason: 'empty-selection' });
    expect(chooseTenants([], nobodyIsAsked)).toEqual([]);
  });
});
