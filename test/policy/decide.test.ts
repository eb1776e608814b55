import { describe, expect, it } from 'vitest';
import { covers, decide, type FreezeInForce, type Question, type Target } from '#policy/decide.ts';

const now = Date.parse('2026-11-27T12:00:00Z');
const everybody = { tenants: [], tiers: [], environments: [], clusters: [], retailers: [] };

function target(fields: Partial<Target> = {}): Target {
  return {
    tenant: 'maple-toys',
    environment: 'production',
    tier: 'critical',
    cluster: 'eu',
    retailer: 'maple',
    ...fields,
  };
}

function freeze(fields: Partial<FreezeInForce> = {}): FreezeInForce {
  return {
    name: 'black-week',
    from: '2026-11-27T00:00:00Z',
    until: '2026-11-30T06:00:00Z',
    reason: 'peak trading',
    allows: ['restart'],
    scope: everybody,
    ...fields,
  };
}

function question(fields: Partial<Question> = {}): Question {
  return {
    action: 'scale',
    deescalates: false,
    writesToSystems: true,
    allowed: null,
    mode: 'READ-WRITE',
    reason: 'queue is long',
    now,
    targets: [target()],
    freezes: [],
    busy: [],
    digest: null,
    access: null,
    ...fields,
  };
}

const words = (asked: Question) => decide(asked).map(({ word }) => word);

describe('policy', () => {
  it('lets an action through that nothing stands against', () => {
    expect(decide(question())).toEqual([]);
  });

  it.each([
    ['what writes to a system', {}, ['read-only']],
    ['what takes a restriction back', { deescalates: true }, []],
    ["what changes till's own record alone", { writesToSystems: false }, []],
  ] as const)('in a READ-ONLY estate judges %s', (_what, fields, expected) => {
    expect(words(question({ mode: 'READ-ONLY', ...fields }))).toEqual(expected);
  });

  it.each([
    ['in force', {}, {}, ['freeze']],
    ['at its first instant', { from: '2026-11-27T12:00:00Z' }, {}, ['freeze']],
    ['not begun', { from: '2026-11-27T12:00:01Z' }, {}, []],
    ['at its end', { until: '2026-11-27T12:00:00Z' }, {}, []],
    ['written with an offset', { until: '2026-11-27T13:00:01+01:00' }, {}, ['freeze']],
    ['that allows the action', { allows: ['scale'] }, {}, []],
    ['of another tier', { scope: { ...everybody, tiers: ['basic'] } }, {}, []],
    ['against what takes a restriction back', {}, { deescalates: true }, []],
    ['against an action without tenants', {}, { targets: [] }, []],
  ] as const)('judges a freeze %s', (_what, fields, asked, expected) => {
    expect(words(question({ freezes: [freeze(fields)], ...asked }))).toEqual(expected);
  });

  it('says who freezes, why, until when, and the way out', () => {
    expect(decide(question({ freezes: [freeze()] }))).toEqual([
      {
        word: 'freeze',
        by: 'freeze black-week',
        reason: 'scale is frozen: peak trading',
        until: '2026-11-30T06:00:00Z',
        wayOut: 'wait until then, or till thaw black-week',
      },
    ]);
  });

  it.each([
    ['on the same tenant', ['maple-toys', 'bike-barn'], true, ['busy']],
    ['on another tenant', ['bike-barn'], true, []],
    ['when only the record is changed', ['maple-toys'], false, []],
  ] as const)('judges an open operation %s', (_what, tenants, writesToSystems, expected) => {
    const busy = [{ operation: '01JD', action: 'restart', tenants }];
    expect(words(question({ busy, writesToSystems }))).toEqual(expected);
  });

  it.each([
    ['production', ['reason-missing']],
    // What nobody has named may be production.
    [null, ['reason-missing']],
    ['staging', []],
  ] as const)('asks for a reason where the environment is %s', (environment, expected) => {
    expect(words(question({ reason: null, targets: [target({ environment })] }))).toEqual(expected);
  });

  it('asks for a reason when one of many is in production', () => {
    const targets = [target({ environment: 'staging' }), target()];
    expect(words(question({ reason: null, targets }))).toEqual(['reason-missing']);
  });

  it('says everything that stands against it, not only the first', () => {
    const busy = [{ operation: '01JD', action: 'restart', tenants: ['maple-toys'] }];
    const asked = question({ mode: 'READ-ONLY', reason: null, freezes: [freeze()], busy });
    expect(words(asked)).toEqual(['read-only', 'freeze', 'busy', 'reason-missing']);
  });
});

describe('a scope', () => {
  it.each([
    ['without lists covers everybody', {}, target(), true],
    ['by name', { tenants: ['maple-toys'] }, target(), true],
    ['by another name', { tenants: ['bike-barn'] }, target(), false],
    ['by cluster and retailer, both met', { clusters: ['eu'], retailers: ['maple'] }, target(), true],
    ['by cluster and retailer, one met', { clusters: ['eu'], retailers: ['kaffe'] }, target(), false],
    ['by tier, of a tenant without one', { tiers: ['critical'] }, target({ tier: null }), false],
    ['by environment', { environments: ['staging', 'production'] }, target(), true],
  ] as const)('%s', (_what, scope, of, expected) => {
    expect(covers({ ...everybody, ...scope }, of)).toBe(expected);
  });
});

it('a freeze of the calendar names the calendar as the way out: no command thaws it', () => {
  const [planned] = decide(question({ freezes: [freeze({ isInCalendar: true })] }));
  expect(planned?.wayOut).toBe('wait until then, or change the calendar in estate.yaml');
  const [asked] = decide(question({ freezes: [freeze()] }));
  expect(asked?.wayOut).toBe('wait until then, or till thaw black-week');
});

describe('an action that is for some environments alone', () => {
  const allowed = { environments: ['staging', 'development'], wayOut: 'till maintenance' } as const;

  it.each([
    ['staging', []],
    ['recovery', ['environment']],
    ['production', ['environment']],
    // What nobody has named may be production.
    [null, ['environment']],
  ])('in %s comes to %j', (environment, expected) => {
    expect(words(question({ allowed, targets: [target({ environment })] }))).toEqual(expected);
  });

  it('names every wrong one, and the way out; where nobody said, to say it', () => {
    const targets = [target({ environment: 'staging' }), target({ tenant: 'bike-barn' })];
    expect(decide(question({ action: 'sleep', allowed, targets }))).toMatchObject([
      {
        by: 'environment production',
        reason: 'sleep is for staging, development only: bike-barn is in production',
        wayOut: 'till maintenance',
      },
    ]);
    const [unsaid] = decide(question({ allowed, targets: [target({ environment: null })] }));
    expect(unsaid?.wayOut).toBe('give maple-toys an environment in estate.yaml; in production: till maintenance');
  });

  it('is judged also where it takes a restriction back', () => {
    expect(words(question({ allowed, deescalates: true }))).toEqual(['environment']);
  });
});
