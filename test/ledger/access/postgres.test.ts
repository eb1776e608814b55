import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { digestOfPolicy } from '#ledger/access/digests.ts';
import { statusAt } from '#ledger/access/grant.ts';
import type { Ledger } from '#ledger/ledger.ts';
import { ledgerAs, newWorld, type World } from '../postgres/world.ts';
import { clockAt } from '../world.ts';
import { aPolicy, aRule, teamOf } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await newWorld();
});
afterAll(() => world.stop());

const logins = ['alice', 'alice_adm', 'bob', 'carol', 'dan', 'lea', 'leo', 'ci', 'mallory'];
const refusal = (reason: string) => expect.objectContaining({ name: 'TillError', reason });

/** A ledger on a real server, with everybody logged in under their own name. `hostClock` is only this side's. */
async function aTeam(policy = aPolicy(), hostClock = clockAt(Date.now())) {
  const database = await world.newLedger({ writer: logins, reader: [], agent: ['agent'] });
  const ledgers = new Map<string, Ledger>();
  const as = (login: string): Ledger => {
    const known = ledgers.get(login) ?? ledgerAs(database, { login, clock: hostClock });
    ledgers.set(login, known);
    return known;
  };
  const team = teamOf(as, () => Date.now());
  await team.adopt(policy);
  return { ...team, database };
}

describe('on a PostgreSQL server', () => {
  it('the requester cannot approve, under neither of two logins', async () => {
    const team = await aTeam();
    const grant = await team.request('alice');
    await expect(team.approve('alice', grant, 'sre')).rejects.toEqual(refusal('self-approval'));
    await expect(team.approve('alice_adm', grant, 'sre')).rejects.toEqual(refusal('self-approval'));
    const other = await team.request('alice_adm');
    expect((await team.grant(other)).subject).toBe('alice');
    await expect(team.approve('alice', other, 'sre')).rejects.toEqual(refusal('self-approval'));
  });

  it('nobody can ask, vote or use as somebody else by what their client says', async () => {
    const team = await aTeam();
    const grant = await team.given('alice', [['bob', 'sre']]);
    await expect(team.act('mallory', grant)).rejects.toEqual(refusal('unknown-person'));
    await expect(team.act('bob', grant)).rejects.toEqual(refusal('no-grant'));
    await expect(team.act('alice', null)).rejects.toEqual(refusal('no-grant'));
    await expect(team.request('mallory', { subject: 'alice' })).rejects.toEqual(refusal('unknown-person'));
    await expect(team.request('dan', { subject: 'alice' })).rejects.toEqual(refusal('for-another'));
  });

  it('whoever mints says that a grant has failed, and nobody whom it does not concern does', async () => {
    const team = await aTeam();
    const grant = await team.given('alice', [['bob', 'sre']]);
    await expect(team.say('dan', 'fail', grant)).rejects.toEqual(refusal('not-yours'));
    await team.say('agent', 'fail', grant);
    expect(await team.grant(grant)).toMatchObject({ status: 'failed', endedAt: expect.any(String) });
    await expect(team.act('alice', grant)).rejects.toEqual(refusal('no-grant'));
    const other = await team.given('alice', [['bob', 'sre']]);
    await team.say('bob', 'fail', other);
    expect((await team.grant(other)).status).toBe('failed');
  });

  it('a vote of somebody who has left the group since counts no more', async () => {
    const team = await aTeam();
    const grant = await team.request('alice');
    await team.approve('bob', grant, 'sre');
    await team.adopt(withGroups('bob', []));
    await expect(team.say('alice', 'activate', grant)).rejects.toEqual(refusal('votes-missing'));
    await team.approve('carol', grant, 'sre');
    await expect(team.say('alice', 'activate', grant)).resolves.toBeUndefined();
  });

  it('somebody who gained the role after the request does not decide it', async () => {
    const team = await aTeam();
    const grant = await team.request('alice');
    await team.adopt(withGroups('dan', ['sre']));
    await expect(team.approve('dan', grant, 'sre')).rejects.toEqual(refusal('joined-later'));
    const later = await team.request('alice');
    await expect(team.approve('dan', later, 'sre')).resolves.toBeUndefined();
  });

  it('two groups take two people', async () => {
    const team = await aTeam();
    const grant = await team.request('alice', { tenants: ['cedar-home'] });
    await team.approve('carol', grant, 'retail');
    await expect(team.approve('carol', grant, 'sre')).rejects.toEqual(refusal('voted-already'));
    await team.approve('bob', grant, 'sre');
    expect((await team.grant(grant)).status).toBe('approved');
  });

  it('the first of two overlapping grants ends, and what the second gives stays', async () => {
    const team = await aTeam();
    const first = await team.given('alice', [['bob', 'sre']], { seconds: 1 });
    const second = await team.given('alice', [['bob', 'sre']]);
    await vi.waitUntil(async () => {
      const { now } = await team.as('alice').presence();
      return statusAt(await team.grant(first), now) === 'expired';
    }, 5_000);
    await team.say('carol', 'expire', first);
    await expect(team.say('carol', 'expire', first)).rejects.toEqual(refusal('grant-expired'));
    await expect(team.act('alice', first)).rejects.toEqual(refusal('no-grant'));
    expect(await team.act('alice', second)).toMatchObject({ status: 'appended' });
  });

  it.each([3_600_000, -3_600_000])('a host clock that is %i ms off moves no expiry', async (offset) => {
    const team = await aTeam(aPolicy(), clockAt(Date.now() + offset));
    const grant = await team.given('alice', [['bob', 'sre']], { seconds: 2 });
    const { activatedAt, expiresAt } = await team.grant(grant);
    expect(Date.parse(expiresAt ?? '') - Date.parse(activatedAt ?? '')).toBe(2_000);
    expect(Math.abs(Date.parse(activatedAt ?? '') - Date.now())).toBeLessThan(60_000);
    expect(await team.act('alice', grant)).toMatchObject({ status: 'appended' });
    await vi.waitUntil(async () => (await team.as('alice').presence()).now >= Date.parse(expiresAt ?? ''), 5_000);
    await expect(team.act('alice', grant, { target: { tenants: [] } })).rejects.toEqual(refusal('no-grant'));
  });

  it('a plan is done once', async () => {
    const team = await aTeam();
    const plan = (digest: string) => ({
      ...{ plan: { digest, danger: 'moderate' as const, undo: null, health: null }, target: { tenants: [] } },
    });
    const grant = await team.given('alice', [['bob', 'sre']], { form: 'plan', plan: 'abc', uses: 1 });
    await expect(team.act('alice', grant, plan('xyz'))).rejects.toEqual(refusal('no-grant'));
    expect(await team.act('alice', grant, plan('abc'))).toMatchObject({ status: 'appended' });
    await expect(team.act('alice', grant, plan('abc'))).rejects.toEqual(refusal('no-grant'));
  });

  it('what is revoked is over at once, and revoked once', async () => {
    const team = await aTeam();
    const grant = await team.given('alice', [['bob', 'sre']]);
    await team.say('dan', 'revoke', grant);
    await expect(team.act('alice', grant)).rejects.toEqual(refusal('no-grant'));
    await expect(team.say('dan', 'revoke', grant)).rejects.toEqual(refusal('grant-revoked'));
  });

  it('break-glass needs nobody, is reviewed by another, once', async () => {
    const team = await aTeam();
    const grant = await team.given('alice', [], { form: 'break-glass', skipped: ['bob'] });
    const review = (login: string) =>
      team.as(login).append({ kind: 'grant', phase: 'review', grant, params: { verdict: 'justified', note: 'seen' } });
    await team.as('alice').append({ kind: 'grant', phase: 'notify', grant, params: { told: ['bob'], failed: [] } });
    await expect(review('alice_adm')).rejects.toEqual(refusal('self-review'));
    await expect(review('dan')).rejects.toEqual(refusal('not-a-reviewer'));
    await review('lea');
    await expect(review('leo')).rejects.toEqual(refusal('nothing-to-review'));
  });

  it('whoever is locked does nothing, takes no lock off, and takes away all the same', async () => {
    const team = await aTeam();
    const grant = await team.given('alice', [['bob', 'sre']]);
    const params = { lock: team.as('dan').newId(), person: 'alice' };
    await team.as('dan').append({ kind: 'lock', phase: 'begin', reason: 'laptop stolen', params });
    await expect(team.act('alice', grant)).rejects.toEqual(refusal('locked'));
    await expect(team.request('alice')).rejects.toEqual(refusal('locked'));
    const off = { lock: params.lock };
    await expect(team.as('alice').append({ kind: 'lock', phase: 'end', params: off })).rejects.toEqual(
      refusal('locked'),
    );
    await team.say('alice', 'revoke', grant);
    await team.as('lea').append({ kind: 'lock', phase: 'end', params: off });
    await expect(team.request('alice')).resolves.toBeDefined();
  });

  it('the hours of a rule are judged when a grant is activated, not only when it is asked for', async () => {
    const team = await aTeam();
    const grant = await team.request('alice', { tenants: ['pixel-games'] });
    const stricter = aRule('always', { environments: ['staging'], approvals: [{ group: 'sre', count: 1 }] });
    await team.adopt(aPolicy({ rules: [...aPolicy().rules, stricter] }));
    await expect(team.say('alice', 'activate', grant)).rejects.toEqual(refusal('votes-missing'));
    await team.approve('bob', grant, 'sre');
    await expect(team.say('alice', 'activate', grant)).resolves.toBeUndefined();
  });

  it.each([
    [
      'an account of two people',
      { people: [...aPolicy().people, { ...(aPolicy().people[1] as never as object), name: 'bob2' }] },
    ],
    ['too few who could change it', { approvers: { group: 'leads', count: 3 } }],
  ])('a policy with %s is refused', async (_what, change) => {
    const team = await aTeam();
    const body = aPolicy(change as never);
    const params = { policy: team.as('lea').newId(), digest: digestOfPolicy(body), body };
    await expect(team.as('lea').append({ kind: 'policy', phase: 'propose', reason: 'x', params })).rejects.toEqual(
      refusal('policy-unsound'),
    );
  });

  it('the duties of those who keep grants need none', async () => {
    const team = await aTeam();
    expect(await team.act('alice', null, { action: 'access-mint', target: { tenants: [] } })).toMatchObject({
      status: 'appended',
    });
  });
});

function withGroups(name: string, groups: readonly string[]) {
  const policy = aPolicy();
  return {
    ...policy,
    people: policy.people.map((one) => (one.name === name ? { ...one, groups: [...groups] } : one)),
  };
}
