import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { demandOf } from '#ledger/access/rules.ts';
import { adviceOn } from '#policy/access/advice.ts';
import { requestLine, spanWords } from '#policy/access/line.ts';
import { differences, ruleWords } from '#policy/access/policy-words.ts';
import { aPolicy, aRule } from '../../ledger/access/world.ts';
import { noon } from './world.ts';

describe('what a policy demands', () => {
  it('never grows less when more is asked for', () => {
    const actions = fc.subarray(['scale', 'restart', 'rollback'], { minLength: 1 });
    const tenants = fc.subarray(['harbour-shoes', 'maple-toys', 'pixel-games', 'new-shop'], { minLength: 1 });
    fc.assert(
      fc.property(actions, tenants, actions, tenants, (someActions, someTenants, moreActions, moreTenants) => {
        const policy = aPolicy();
        const less = demandOf(policy, { actions: someActions, tenants: someTenants, now: noon });
        const all = {
          actions: [...new Set([...someActions, ...moreActions])],
          tenants: [...new Set([...someTenants, ...moreTenants])],
        };
        const more = demandOf(policy, { ...all, now: noon });
        expect(more.forbidden.length).toBeGreaterThanOrEqual(less.forbidden.length);
        expect(more.seconds ?? 0).toBeLessThanOrEqual(less.seconds ?? Number.POSITIVE_INFINITY);
        for (const { group, count } of less.needs) {
          expect(more.needs.find((need) => need.group === group)?.count ?? 0).toBeGreaterThanOrEqual(count);
        }
      }),
    );
  });

  it.each([
    ['2026-11-27T07:59:00Z', false],
    ['2026-11-27T08:00:00Z', true],
    ['2026-11-27T17:59:59Z', true],
    ['2026-11-27T18:00:00Z', false],
    ['2026-11-28T12:00:00Z', false],
  ])('at %s holds rules to their hours: %s', (at, holds) => {
    const times = {
      days: ['mon', 'tue', 'wed', 'thu', 'fri'],
      from: '09:00',
      until: '19:00',
      timezone: 'Europe/Paris',
    };
    const policy = aPolicy({ rules: [aRule('office', { times: times as never })] });
    const { rules } = demandOf(policy, { actions: ['scale'], tenants: ['maple-toys'], now: Date.parse(at) });
    expect(rules).toEqual(holds ? ['office'] : []);
  });

  it('takes a span over midnight to belong to the day on which it began', () => {
    const times = { days: ['fri'], from: '22:00', until: '04:00', timezone: 'UTC' };
    const policy = aPolicy({ rules: [aRule('friday night', { times: times as never })] });
    const holds = (at: string) =>
      demandOf(policy, { actions: ['scale'], tenants: ['maple-toys'], now: Date.parse(at) }).rules.length === 1;
    expect(
      ['2026-11-27T03:00:00Z', '2026-11-27T23:00:00Z', '2026-11-28T03:59:00Z', '2026-11-28T04:00:00Z'].map(holds),
    ).toEqual([false, true, true, false]);
  });
});

describe('a policy in words', () => {
  it('says what each rule asks for', () => {
    expect(ruleWords(aPolicy().rules[1] ?? aRule(''))).toBe(
      'critical: everything, in production, tier critical: approved by 1 of retail, for at most 1h',
    );
    expect(ruleWords(aPolicy().rules[2] ?? aRule(''))).toBe(
      'staging: restart, scale, in staging: approved at once, for at most 30m',
    );
  });

  it('shows what another one would change, and nothing when it would not', () => {
    const other = aPolicy({ rules: [...aPolicy().rules.slice(1)], lapseSeconds: 3_600 });
    expect(differences(aPolicy(), aPolicy())).toEqual([]);
    expect(differences(aPolicy(), other)).toEqual([
      { sign: '-', words: 'rule production: everything, in production: approved by 1 of sre, for at most 4h' },
      { sign: '-', words: 'changed by 2 of leads; a request that nobody decides lapses after 1d' },
      { sign: '+', words: 'changed by 2 of leads; a request that nobody decides lapses after 1h' },
    ]);
  });
});

describe('advice', () => {
  const messages = (policy: Parameters<typeof adviceOn>[0]) => adviceOn(policy).map(({ message }) => message);

  it('names a rule that can never be satisfied, and one that some can never be granted', () => {
    const impossible = aRule('x', { approvals: [{ group: 'dba', count: 1 }] });
    const tight = aRule('y', { approvals: [{ group: 'retail', count: 2 }] });
    expect(messages(aPolicy({ rules: [impossible, tight] }))).toEqual([
      'rule x needs 1 of dba, and nobody is in it: it can never be satisfied',
      'rule y needs 2 of retail, who are carol, dan: none of them can ever be granted it themselves',
    ]);
  });

  it('does not count services among those who approve', () => {
    const policy = aPolicy({ rules: [aRule('z', { approvals: [{ group: 'sre', count: 3 }] })] });
    expect(messages(policy)).toEqual([
      'rule z needs 3 of sre, who are alice, bob, carol: none of them can ever be granted it themselves',
    ]);
  });

  it('names a group that nobody is in, and people whom the ledger could never know', () => {
    const people = aPolicy().people.map((one) => (one.name === 'dan' ? { ...one, os: [], postgres: [] } : one));
    const policy = aPolicy({ people, breakGlass: { groups: ['oncall'], seconds: 900, reviewers: null } });
    expect(messages(policy)).toEqual([
      'nobody is in the group oncall',
      'dan has no OS account in people: the ledger can never know them',
    ]);
    expect(
      adviceOn(policy, true)
        .map(({ message }) => message)
        .at(-1),
    ).toBe('dan has no PostgreSQL login in people: the ledger can never know them');
  });
});

describe('the line that asks', () => {
  it('can be pasted into a shell whatever the reason is', () => {
    const line = { seconds: 5_400, tenants: ['a'], actions: ['scale'] };
    expect(requestLine({ ...line, reason: `$(reboot) "now" it's` })).toBe(
      `till access request --for 90m --tenants a --actions scale --reason '$(reboot) "now" it'\\''s'`,
    );
    expect(requestLine({ ...line, reason: 'x'.repeat(1_000_000) })).toMatch(/--reason "why"$/);
  });

  it('writes durations as they are typed', () => {
    expect([90, 900, 7_200, 172_800].map(spanWords)).toEqual(['90s', '15m', '2h', '2d']);
  });
});
