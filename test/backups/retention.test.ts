import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketOf, type Candidate, judge } from '#backups/retention.ts';

const hour = 3_600_000;
const day = 24 * hour;
const now = Date.parse('2026-11-22T12:00:00Z');
const none = { last: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 };
const zones = ['UTC', 'Europe/Stockholm', 'America/New_York', 'Pacific/Auckland', 'Asia/Kolkata'];

function aCandidate(at: number, more: Partial<Candidate> = {}): Candidate {
  return {
    ...{ backup: `B${String(at).padStart(14, '0')}`, snapshotAt: at, isUsable: true, proven: null },
    ...{ isForged: false, lockedUntil: null, ...more },
  };
}

const days = (count: number, more: (index: number) => Partial<Candidate> = () => ({})) =>
  Array.from({ length: count }, (_, index) => aCandidate(now - hour - index * day, more(index)));

function keptOf(candidates: readonly Candidate[], policy: Parameters<typeof judge>[1], timezone = 'UTC') {
  const { judged } = judge(candidates, policy, { now, timezone });
  return judged
    .filter(({ keep }) => keep)
    .map(({ candidate }) => new Date(candidate.snapshotAt).toISOString().slice(0, 10));
}

describe('what retention keeps', () => {
  it('keeps the newest of each of the last days, weeks, months and years that have one', () => {
    const policy = { every: 86_400, retain: { ...none, daily: 3, weekly: 2, monthly: 2, yearly: 2 } };
    expect(keptOf(days(400), policy)).toEqual([
      '2026-11-22',
      '2026-11-21',
      '2026-11-20',
      '2026-11-15',
      '2026-10-31',
      '2025-12-31',
    ]);
  });

  it('counts only days that have a backup', () => {
    const sparse = days(30).filter((_, index) => index % 5 === 0);
    expect(keptOf(sparse, { every: 86_400, retain: { ...none, daily: 3 } })).toEqual([
      '2026-11-22',
      '2026-11-17',
      '2026-11-12',
    ]);
  });

  it('takes the tenant’s own day, also over a change of the clock', () => {
    expect(bucketOf(Date.parse('2026-11-21T23:30:00Z'), 'daily', 'Europe/Stockholm')).toBe('2026-11-22');
    expect(bucketOf(Date.parse('2026-11-22T03:30:00Z'), 'daily', 'America/New_York')).toBe('2026-11-21');
    expect(bucketOf(Date.parse('2026-10-25T22:30:00Z'), 'daily', 'Europe/Stockholm')).toBe('2026-10-25');
    expect(bucketOf(Date.parse('2026-10-24T22:30:00Z'), 'daily', 'Europe/Stockholm')).toBe('2026-10-25');
    expect(bucketOf(Date.parse('2027-01-01T12:00:00Z'), 'weekly', 'UTC')).toBe('2026-W53');
    expect(bucketOf(Date.parse('2024-12-30T12:00:00Z'), 'weekly', 'UTC')).toBe('2025-W01');
  });

  it('lets one that is not whole stand for no day, and gives none away for it', () => {
    const candidates = [
      aCandidate(now - hour),
      aCandidate(now - day, { isUsable: false }),
      aCandidate(now - day - hour),
    ];
    const { judged } = judge(candidates, { every: 86_400, retain: { ...none, daily: 2 } }, { now, timezone: 'UTC' });
    expect(judged.map(({ keep }) => keep)).toEqual([true, false, true]);
  });

  it('lets nothing go while no new ones come', () => {
    const old = days(100).map((one) => ({ ...one, snapshotAt: one.snapshotAt - 3 * day }));
    const { judged, standstill } = judge(
      old,
      { every: 86_400, retain: { ...none, last: 1 } },
      { now, timezone: 'UTC' },
    );
    expect(standstill).toContain('no new ones come');
    expect(judged.every(({ keep }) => keep)).toBe(true);
  });

  it.each([
    ['no tier', undefined],
    ['a tier without rules', { every: 86_400 }],
    ['rules that are all zero', { every: 86_400, retain: none }],
  ])('lets nothing go with %s', (_words, policy) => {
    expect(keptOf(days(50), policy)).toHaveLength(50);
  });

  it('keeps the last proven of each level, what is locked and what is forged, and says so', () => {
    const candidates = days(20, (index) => ({
      proven: index === 10 ? 'restored' : index === 5 ? 'read back' : null,
      lockedUntil: index === 7 ? now + day : index === 8 ? now - 1 : null,
      isForged: index === 12,
    }));
    const { judged } = judge(candidates, { every: 86_400, retain: { ...none, last: 1 } }, { now, timezone: 'UTC' });
    const stays = judged.flatMap(({ keep, reasons }, index) => (keep ? [[index, reasons.at(-1)]] : []));
    expect(stays).toEqual([
      [0, 'the newest'],
      [5, 'the last one proven (read back)'],
      [7, expect.stringContaining('object lock')],
      [10, 'the last one proven (restored)'],
      [12, expect.stringContaining('signature')],
    ]);
  });
});

const candidates = fc.array(
  fc.record({
    hours: fc.integer({ min: 0, max: 24 * 800 }),
    isUsable: fc.boolean(),
    proven: fc.constantFrom(null, null, 'read back', 'restored', 'served'),
    isForged: fc.integer({ min: 0, max: 20 }).map((one) => one === 0),
    locked: fc.option(fc.integer({ min: -1000, max: 1000 })),
  }),
  { maxLength: 80 },
);
const policy = fc.record({
  every: fc.integer({ min: 3600, max: 30 * 86_400 }),
  keep: fc.integer({ min: 1, max: 60 * 86_400 }),
  retain: fc.record({
    ...{ last: fc.nat(5), daily: fc.nat(10), weekly: fc.nat(6), monthly: fc.nat(14), yearly: fc.nat(3) },
  }),
});

function made(
  given: readonly {
    hours: number;
    isUsable: boolean;
    proven: string | null;
    isForged: boolean;
    locked: number | null;
  }[],
) {
  return given.map(({ hours, locked, ...rest }, index) => ({
    ...aCandidate(now - hours * hour, { ...rest, lockedUntil: locked === null ? null : now + locked * hour }),
    backup: `B${index}`,
  }));
}

describe('retention, whatever there is', () => {
  const anywhere = fc.constantFrom(...zones);

  it('never gives away the newest whole one, a last proven one, or what is locked or forged', () => {
    fc.assert(
      fc.property(candidates, policy, anywhere, (given, rules, timezone) => {
        const all = made(given);
        const { judged } = judge(all, rules, { now, timezone });
        const gone = judged.filter(({ keep }) => !keep).map(({ candidate }) => candidate);
        const usable = judged.map(({ candidate }) => candidate).filter((one) => one.isUsable);
        expect(gone).not.toContain(usable[0]);
        expect(gone.some((one) => one.isForged || (one.lockedUntil ?? 0) > now)).toBe(false);
        for (const level of ['read back', 'restored', 'served']) {
          expect(gone).not.toContain(usable.find(({ proven }) => proven === level) ?? null);
        }
        expect(judged).toHaveLength(all.length);
        expect(judged.every(({ reasons }) => reasons.length > 0)).toBe(true);
      }),
    );
  });

  it('keeps no fewer when a rule is widened, and keeps the same when it is asked again of what was kept', () => {
    fc.assert(
      fc.property(candidates, policy, anywhere, (given, rules, timezone) => {
        const all = made(given);
        const kept = (of: readonly Candidate[], by: typeof rules) =>
          judge(of, by, { now, timezone })
            .judged.filter(({ keep }) => keep)
            .map(({ candidate }) => candidate.backup);
        const once = kept(all, rules);
        expect(
          kept(
            all.filter(({ backup }) => once.includes(backup)),
            rules,
          ),
        ).toEqual(once);
        const wider = { ...rules, retain: { ...rules.retain, daily: rules.retain.daily + 1 } };
        expect(kept(all, wider)).toEqual(expect.arrayContaining(once));
      }),
    );
  });

  it('leaves a backup in each day, week, month and year that a rule counts', () => {
    fc.assert(
      fc.property(candidates, policy, anywhere, (given, rules, timezone) => {
        const all = made(given);
        const { judged } = judge(all, rules, { now, timezone });
        const usable = judged.filter(({ candidate }) => candidate.isUsable);
        for (const rule of ['daily', 'weekly', 'monthly', 'yearly'] as const) {
          const buckets = (of: typeof usable) => [
            ...new Set(of.map(({ candidate }) => bucketOf(candidate.snapshotAt, rule, timezone))),
          ];
          const wanted = buckets(usable).slice(0, rules.retain[rule]);
          expect(buckets(usable.filter(({ keep }) => keep))).toEqual(expect.arrayContaining(wanted));
        }
      }),
    );
  });
});
