import { describe, expect, it } from 'vitest';
import type { AccessNow } from '#policy/access/judge.ts';
import { grantFor } from '#policy/access/judge.ts';
import { decide, type Question } from '#policy/decide.ts';
import { aPolicy } from '../../ledger/access/world.ts';
import { accessOf, aGrant, noon } from './world.ts';

function asked(access: AccessNow, change: Partial<Question> = {}): Question {
  const target = { tenant: 'maple-toys', environment: 'production', tier: 'standard', cluster: 'eu', retailer: null };
  return {
    ...{ action: 'scale', deescalates: false, writesToSystems: true, allowed: null, mode: 'READ-WRITE' },
    ...{ reason: "queue's long", now: noon, targets: [target], freezes: [], busy: [], digest: 'abc', access },
    ...change,
  };
}

const saidOf = (question: Question) => decide(question).map(({ word, wayOut }) => ({ word, wayOut }));

describe('where a policy is in force', () => {
  it('refuses what has no grant, whatever the mode, with the very line that would ask for one', () => {
    expect(saidOf(asked(accessOf([])))).toEqual([
      {
        word: 'no-grant',
        wayOut: `till access request --for 30m --tenants maple-toys --actions scale --reason 'queue'\\''s long'`,
      },
    ]);
  });

  it('lets a grant that covers it through in a READ-ONLY estate', () => {
    expect(saidOf(asked(accessOf([aGrant()]), { mode: 'READ-ONLY' }))).toEqual([]);
  });

  it.each([
    ['another action', { actions: ['restart'] }],
    ['another tenant', { tenants: ['cedar-home'] }],
    ['another plan', { form: 'plan', plan: 'xyz' }],
    ['somebody else', { subject: 'bob', requester: 'bob' }],
    ['a time before there was a policy', { policy: null }],
    ['a time that is over', { expiresAt: '2026-11-27T12:00:00.000Z' }],
    ['as often as it was used', { uses: 1, used: 1 }],
  ] as const)('refuses with a grant for %s', (_what, change) => {
    expect(decide(asked(accessOf([aGrant(change)]))).map(({ word }) => word)).toEqual(['no-grant']);
  });

  it('says what to do with a grant that is approved, and whom one waits for that is not', () => {
    const approved = aGrant({
      status: 'approved',
      activatedAt: null,
      expiresAt: null,
      policy: '01JDQ00000000000000000P001',
    });
    const vote = { person: 'bob', group: 'sre', at: '2026-11-27T11:55:00.000Z', seq: 10, comment: null };
    const electors = [{ group: 'sre', people: ['bob'] }];
    const needs = [{ group: 'sre', count: 1 }];
    expect(saidOf(asked(accessOf([{ ...approved, needs, electors, votes: [vote] }])))[0]?.wayOut).toBe(
      `approved: till access activate ${approved.grant}`,
    );
    expect(saidOf(asked(accessOf([{ ...approved, status: 'pending', needs, electors }])))[0]?.wayOut).toBe(
      `pending: it waits for 1 of sre, who type till access approve ${approved.grant}`,
    );
  });

  it('shows the way through the glass where no rule permits it, to those who may break it', () => {
    const policy = aPolicy({ rules: [] });
    expect(saidOf(asked(accessOf([], { policy })))[0]?.wayOut).toMatch(
      /^no rule permits it now; till access break-glass --for 15m /,
    );
    expect(saidOf(asked(accessOf([], { policy, user: 'dan' })))[0]?.wayOut).toBe(
      'no rule permits it now: till access policy show prints them',
    );
  });

  it('tells somebody whom the policy does not name so', () => {
    expect(saidOf(asked(accessOf([], { user: 'mallory' })))[0]?.wayOut).toContain('nobody known as mallory');
  });

  it('asks nothing of what only records or takes back', () => {
    expect(saidOf(asked(accessOf([]), { action: 'wake', deescalates: true }))).toEqual([]);
    expect(saidOf(asked(accessOf([]), { action: 'incident', writesToSystems: false }))).toEqual([]);
  });

  it('refuses everything but a freeze to whoever is locked, though they hold a grant', () => {
    const actor = aGrant().actor;
    const lock = {
      lock: '01JDQ000000000000000000L01',
      seq: 11,
      at: '',
      person: 'alice',
      reason: 'laptop stolen',
      until: null,
      actor,
    };
    const locked = accessOf([aGrant()], { change: (state) => state.locks.set(lock.lock, lock) });
    expect(decide(asked(locked))).toEqual([
      expect.objectContaining({ word: 'locked', reason: 'alice is locked: laptop stolen' }),
    ]);
    expect(decide(asked(locked, { action: 'freeze', writesToSystems: false }))).toEqual([]);
  });

  it('elevates nobody while the ledger lacks what was anchored', () => {
    const epoch = {
      ...{ epoch: '01JDQ000000000000000000E01', seq: 4, at: '', lost: { from: 5, to: 9 } },
      ...{ anchored: { size: 9, root: 'r', anchor: 'vault' }, acknowledgedBy: ['lea'] },
    };
    const access = accessOf([aGrant()], { change: (state) => state.epochs.set(epoch.epoch, epoch) });
    expect(saidOf(asked(access))[0]?.wayOut).toContain(`till ledger epoch acknowledge ${epoch.epoch}`);
  });
});

describe('without a policy', () => {
  it('opens a READ-ONLY estate for as long as a grant lasts', () => {
    const grant = aGrant({ policy: null, requester: null });
    const open = accessOf([grant], { policy: null });
    expect(saidOf(asked(open, { mode: 'READ-ONLY' }))).toEqual([]);
    const over = accessOf([grant], { policy: null, now: noon + 900_000 });
    const [refusal] = saidOf(asked(over, { mode: 'READ-ONLY' }));
    expect(refusal?.word).toBe('read-only');
    expect(refusal?.wayOut).toContain('till access request --for 30m --tenants maple-toys --actions scale');
  });
});

describe('of several grants', () => {
  const wanted = { action: 'scale', tenants: ['maple-toys'], plan: 'abc' };
  it('takes one for this very plan first, then the one that lasts longest', () => {
    const short = aGrant({ grant: '01JDQ000000000000000000001' });
    const long = aGrant({ grant: '01JDQ000000000000000000002', expiresAt: '2026-11-27T12:45:00.000Z' });
    const plan = aGrant({ grant: '01JDQ000000000000000000003', form: 'plan', plan: 'abc', uses: 1 });
    expect(grantFor(wanted, accessOf([short, long]))?.grant).toBe(long.grant);
    expect(grantFor(wanted, accessOf([short, long, plan]))?.grant).toBe(plan.grant);
    expect(grantFor({ ...wanted, plan: 'xyz' }, accessOf([short, long, plan]))?.grant).toBe(long.grant);
  });
});
