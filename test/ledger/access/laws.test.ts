import { describe, expect, it } from 'vitest';
import { digestOfPolicy } from '#ledger/access/digests.ts';
import { statusAt } from '#ledger/access/grant.ts';
import { aPolicy, aRule, aTeam } from './world.ts';

const refusal = (reason: string) => expect.objectContaining({ name: 'TillError', reason });

describe('asking for a grant', () => {
  it('needs everybody that any rule which applies asks for, and no more', async () => {
    const team = await aTeam();
    const shop = await team.grant(await team.request('alice'));
    const critical = await team.grant(await team.request('alice', { tenants: ['maple-toys', 'cedar-home'] }));
    const staging = await team.grant(await team.request('alice', { tenants: ['pixel-games'] }));
    expect(shop).toMatchObject({ status: 'pending', subject: 'alice', needs: [{ group: 'sre', count: 1 }] });
    expect(critical.needs).toEqual([
      { group: 'retail', count: 1 },
      { group: 'sre', count: 1 },
    ]);
    expect(staging).toMatchObject({ status: 'approved', needs: [] });
  });

  it('judges a tenant that the policy does not name as one of every environment and tier', async () => {
    const team = await aTeam();
    await expect(team.request('alice', { tenants: ['new-shop'], seconds: 1_800 })).resolves.toBeDefined();
    await expect(team.request('alice', { tenants: ['new-shop'], seconds: 1_801 })).rejects.toEqual(refusal('too-long'));
  });

  it.each([
    ['what no rule permits', { actions: ['rollback'], tenants: ['pixel-games'] }, 'forbidden'],
    ['longer than the shortest cap', { tenants: ['cedar-home'], seconds: 3_601 }, 'too-long'],
    ['by saying that it needs fewer', { needs: [] }, 'other-needs'],
    ['by another policy', { policy: '01JD0000000000000000000000' }, 'policy-changed'],
    ['for somebody else', { subject: 'bob' }, 'for-another'],
    ['never to lapse', { lapseSeconds: null }, 'lapse-too-late'],
    ['as a standing one for a person', { form: 'standing' }, 'form-not-for-them'],
    ['for a plan that it does not name', { form: 'plan' }, 'plan-missing'],
  ] as const)('is refused %s', async (_how, change, reason) => {
    const team = await aTeam();
    await expect(team.request('alice', { ...change } as never)).rejects.toEqual(refusal(reason));
    expect((await team.state()).grants.size).toBe(0);
  });

  it('is refused to somebody whom the policy does not name, and to whoever is locked', async () => {
    const team = await aTeam();
    await expect(team.request('mallory')).rejects.toEqual(refusal('unknown-person'));
    const lock = team.as('bob').newId();
    await team
      .as('bob')
      .append({ kind: 'lock', phase: 'begin', reason: 'laptop stolen', params: { lock, person: 'alice' } });
    await expect(team.request('alice-adm')).rejects.toEqual(refusal('locked'));
    await expect(team.as('alice').append({ kind: 'lock', phase: 'end', params: { lock } })).rejects.toEqual(
      refusal('locked'),
    );
    await team.as('lea').append({ kind: 'lock', phase: 'end', params: { lock } });
    await expect(team.request('alice')).resolves.toBeDefined();
  });

  it('is approved at once where there is no policy, for oneself alone', async () => {
    const team = await aTeam(null);
    const grant = await team.grant(await team.request('alice'));
    expect(grant).toMatchObject({ status: 'approved', subject: 'alice', policy: null, needs: [] });
    await expect(team.request('alice', { subject: 'bob' })).rejects.toEqual(refusal('for-another'));
    await expect(team.request('alice', { form: 'break-glass' })).rejects.toEqual(refusal('no-policy'));
  });
});

describe('approving', () => {
  it('takes distinct people of every group, in any order, and starts no clock', async () => {
    const team = await aTeam();
    const grant = await team.request('alice', { tenants: ['cedar-home'] });
    await team.approve('dan', grant, 'retail');
    expect((await team.grant(grant)).status).toBe('pending');
    await team.approve('bob', grant, 'sre');
    expect(await team.grant(grant)).toMatchObject({ status: 'approved', activatedAt: null, expiresAt: null });
  });

  it('counts one person once, though they are in both groups', async () => {
    const team = await aTeam();
    const grant = await team.request('alice', { tenants: ['cedar-home'] });
    await team.approve('carol', grant, 'retail');
    await expect(team.approve('carol', grant, 'sre')).rejects.toEqual(refusal('voted-already'));
    expect((await team.grant(grant)).status).toBe('pending');
  });

  it('is refused to the requester, also under their other account', async () => {
    const team = await aTeam();
    const grant = await team.request('alice');
    await expect(team.approve('alice', grant, 'sre')).rejects.toEqual(refusal('self-approval'));
    await expect(team.approve('alice-adm', grant, 'sre')).rejects.toEqual(refusal('self-approval'));
    expect((await team.grant(grant)).votes).toEqual([]);
  });

  it('is refused to a service, to a stranger, to another group, and to who has seen something else', async () => {
    const team = await aTeam();
    const grant = await team.request('alice');
    await expect(team.approve('ci', grant, 'sre')).rejects.toEqual(refusal('not-a-human'));
    await expect(team.approve('mallory', grant, 'sre')).rejects.toEqual(refusal('unknown-person'));
    await expect(team.approve('dan', grant, 'sre')).rejects.toEqual(refusal('not-an-approver'));
    await expect(team.approve('dan', grant, 'retail')).rejects.toEqual(refusal('not-an-approver'));
    const params = { group: 'sre', digest: '0'.repeat(64) };
    await expect(team.as('bob').append({ kind: 'grant', phase: 'approve', grant, params })).rejects.toEqual(
      refusal('other-request'),
    );
  });

  it('does not count for who gained the role after the request', async () => {
    const team = await aTeam();
    const grant = await team.request('alice');
    const joined = aPolicy();
    await team.adopt({
      ...joined,
      people: joined.people.map((one) => (one.name === 'dan' ? { ...one, groups: ['sre'] } : one)),
    });
    await expect(team.approve('dan', grant, 'sre')).rejects.toEqual(refusal('joined-later'));
    await team.approve('bob', grant, 'sre');
    await expect(team.say('alice', 'activate', grant)).resolves.toBeUndefined();
  });

  it('counts no more when the approver has left the group since: the grant cannot be activated', async () => {
    const team = await aTeam();
    const grant = await team.request('alice');
    await team.approve('bob', grant, 'sre');
    const left = aPolicy();
    await team.adopt({
      ...left,
      people: left.people.map((one) => (one.name === 'bob' ? { ...one, groups: [] } : one)),
    });
    await expect(team.say('alice', 'activate', grant)).rejects.toEqual(refusal('votes-missing'));
    await team.approve('carol', grant, 'sre');
    await expect(team.say('alice', 'activate', grant)).resolves.toBeUndefined();
  });

  it('ends with the first no', async () => {
    const team = await aTeam();
    const grant = await team.request('alice');
    await expect(team.say('alice', 'deny', grant)).rejects.toEqual(refusal('not-yours'));
    await expect(team.say('dan', 'deny', grant)).rejects.toEqual(refusal('not-an-approver'));
    await team.say('bob', 'deny', grant);
    await expect(team.approve('carol', grant, 'sre')).rejects.toEqual(refusal('grant-denied'));
  });

  it('comes too late once the request has lapsed, whether or not anybody recorded that', async () => {
    const team = await aTeam();
    const grant = await team.request('alice');
    team.clock.pass(86_400_000);
    await expect(team.approve('bob', grant, 'sre')).rejects.toEqual(refusal('grant-lapsed'));
    await team.say('bob', 'lapse', grant);
    expect((await team.grant(grant)).status).toBe('lapsed');
  });
});

describe('activating', () => {
  it('starts the clock then and not before', async () => {
    const team = await aTeam();
    const grant = await team.request('alice');
    await team.approve('bob', grant, 'sre');
    team.clock.pass(3_600_000);
    await team.say('alice', 'activate', grant);
    expect(await team.grant(grant)).toMatchObject({
      status: 'active',
      activatedAt: '2026-11-27T13:00:00.000Z',
      expiresAt: '2026-11-27T13:15:00.000Z',
    });
  });

  it('waits for the votes, for its hour, and is nobody else’s', async () => {
    const team = await aTeam();
    const grant = await team.request('alice', { from: '2026-11-27T13:00:00.000Z' });
    await expect(team.say('alice', 'activate', grant)).rejects.toEqual(refusal('grant-pending'));
    await team.approve('bob', grant, 'sre');
    await expect(team.say('alice', 'activate', grant)).rejects.toEqual(refusal('too-early'));
    team.clock.pass(3_600_000);
    await expect(team.say('dan', 'activate', grant)).rejects.toEqual(refusal('not-yours'));
    await expect(team.say('bob', 'activate', grant)).resolves.toBeUndefined();
  });

  it('is judged by the rules of that hour: what is free by day may need somebody by night', async () => {
    const night = aRule('night', {
      environments: ['staging'],
      times: {
        days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
        from: '20:00',
        until: '06:00',
        timezone: 'UTC',
      },
      approvals: [{ group: 'sre', count: 1 }],
    });
    const team = await aTeam(aPolicy({ rules: [...aPolicy().rules, night] }));
    const grant = await team.request('alice', { tenants: ['pixel-games'] });
    team.clock.pass(9 * 3_600_000);
    await expect(team.say('alice', 'activate', grant)).rejects.toEqual(refusal('votes-missing'));
    await team.approve('bob', grant, 'sre');
    await expect(team.say('alice', 'activate', grant)).resolves.toBeUndefined();
  });

  it('is refused while the ledger lacks what was anchored, until two people have said what happened', async () => {
    const team = await aTeam();
    const grant = await team.request('alice');
    await team.approve('bob', grant, 'sre');
    const epoch = team.as('lea').newId();
    const anchored = { size: 90, root: 'r', anchor: 'vault', note: 'till/x\n90\nr\n' };
    const params = { epoch, anchored, found: { size: 8, hash: 'h' }, lost: { from: 9, to: 90 } };
    await team.as('lea').append({ kind: 'ledger', phase: 'epoch', params });
    await expect(team.say('alice', 'activate', grant)).rejects.toEqual(refusal('epoch-open'));
    await team.as('lea').append({ kind: 'ledger', phase: 'epoch-acknowledge', params: { epoch } });
    await team.as('lea').append({ kind: 'ledger', phase: 'epoch-acknowledge', params: { epoch } });
    await expect(team.say('alice', 'activate', grant)).rejects.toEqual(refusal('epoch-open'));
    await team.as('leo').append({ kind: 'ledger', phase: 'epoch-acknowledge', params: { epoch } });
    await expect(team.say('alice', 'activate', grant)).resolves.toBeUndefined();
  });
});

describe('an operation', () => {
  it('needs a grant where a policy is in force, and one that covers all of it', async () => {
    const team = await aTeam();
    const grant = await team.given('alice', [['bob', 'sre']]);
    expect(await team.act('alice', null)).toMatchObject({ status: 'refused', refusal: { reason: 'no-grant' } });
    expect(await team.act('bob', grant)).toMatchObject({ status: 'refused', refusal: { reason: 'no-grant' } });
    expect(await team.act('alice', grant, { action: 'rollback' })).toMatchObject({ status: 'refused' });
    expect(await team.act('alice', grant, { target: { tenants: ['maple-toys', 'cedar-home'] } })).toMatchObject({
      status: 'refused',
      refusal: { message: expect.stringContaining('does not cover cedar-home') },
    });
    expect(await team.act('alice-adm', grant)).toMatchObject({ status: 'appended', entry: { grant } });
  });

  it('needs none when it only records or takes back', async () => {
    const team = await aTeam();
    expect(await team.act('mallory', null, { action: 'incident' })).toMatchObject({ status: 'appended' });
    expect(await team.act('dan', null, { action: 'wake' })).toMatchObject({ status: 'appended' });
  });

  it('comes too late when the span is over, whether or not anybody recorded that', async () => {
    const team = await aTeam();
    const grant = await team.given('alice', [['bob', 'sre']]);
    team.clock.pass(900_000 - 1);
    expect(await team.act('alice', grant)).toMatchObject({ status: 'appended' });
    team.clock.pass(1);
    expect(await team.act('alice', grant)).toMatchObject({
      status: 'refused',
      refusal: { message: expect.stringContaining('it is expired') },
    });
    expect((await team.grant(grant)).status).toBe('active');
    expect(statusAt(await team.grant(grant), team.clock.now())).toBe('expired');
  });

  it('of one plan is done once, and no other plan is', async () => {
    const team = await aTeam();
    const plan = (digest: string) => ({ plan: { digest, danger: 'moderate' as const, undo: null, health: null } });
    const grant = await team.given('alice', [['bob', 'sre']], { form: 'plan', plan: 'abc', uses: 1 });
    expect(await team.act('alice', grant, plan('xyz'))).toMatchObject({ status: 'refused' });
    expect(await team.act('alice', grant, plan('abc'))).toMatchObject({ status: 'appended' });
    expect(await team.act('alice', grant, plan('abc'))).toMatchObject({
      status: 'refused',
      refusal: { message: expect.stringContaining('it has been used') },
    });
  });

  it('of whoever is locked is refused from that moment on, freezes excepted', async () => {
    const team = await aTeam();
    const grant = await team.given('alice', [['bob', 'sre']]);
    const params = { lock: team.as('dan').newId(), person: 'alice' };
    await team.as('dan').append({ kind: 'lock', phase: 'begin', reason: 'laptop stolen', params });
    expect(await team.act('alice', grant)).toMatchObject({ status: 'refused', refusal: { reason: 'locked' } });
    expect(await team.act('alice', null, { action: 'thaw' })).toMatchObject({ status: 'refused' });
    expect(await team.act('alice', null, { action: 'freeze' })).toMatchObject({ status: 'appended' });
  });
});

describe('grants', () => {
  it('overlap without touching each other: the first one’s end leaves what the second gives', async () => {
    const team = await aTeam();
    const first = await team.given('alice', [['bob', 'sre']]);
    team.clock.pass(600_000);
    const second = await team.given('alice', [['bob', 'sre']], { extends: first });
    team.clock.pass(300_000);
    expect(await team.act('alice', first)).toMatchObject({ status: 'refused' });
    expect(await team.act('alice', second)).toMatchObject({ status: 'appended' });
    await team.say('carol', 'expire', first);
    expect(await team.act('alice', second)).toMatchObject({ status: 'appended' });
    expect((await team.grant(first)).expiresAt).toBe('2026-11-27T12:15:00.000Z');
  });

  it('are extended by a new one that gives no more, and only while they are active', async () => {
    const team = await aTeam();
    const grant = await team.given('alice', [['bob', 'sre']]);
    await expect(team.request('alice', { extends: grant, tenants: ['maple-toys', 'pixel-games'] })).rejects.toEqual(
      refusal('extends-more'),
    );
    await expect(team.request('bob', { extends: grant })).rejects.toEqual(refusal('cannot-extend'));
    await team.say('alice', 'end', grant);
    await expect(team.request('alice', { extends: grant })).rejects.toEqual(refusal('cannot-extend'));
  });

  it('are ended by their own, revoked by anybody who is known, and once', async () => {
    const team = await aTeam();
    const grant = await team.given('alice', [['bob', 'sre']]);
    await expect(team.say('dan', 'end', grant)).rejects.toEqual(refusal('not-yours'));
    await expect(team.say('mallory', 'revoke', grant)).rejects.toEqual(refusal('unknown-person'));
    await team.say('ci', 'revoke', grant);
    expect(await team.act('alice', grant)).toMatchObject({ status: 'refused' });
    await expect(team.say('dan', 'revoke', grant)).rejects.toEqual(refusal('grant-revoked'));
  });

  it('of a service are standing ones, or for a plan; it approves none', async () => {
    const team = await aTeam();
    await expect(team.request('ci')).rejects.toEqual(refusal('form-not-for-them'));
    const grant = await team.given('ci', [['bob', 'sre']], { form: 'standing' });
    expect(await team.act('ci', grant)).toMatchObject({ status: 'appended' });
  });
});

describe('break-glass', () => {
  const broken = { form: 'break-glass', seconds: 900, skipped: ['dan'] } as const;

  it('needs nobody, is short, and is not for everybody', async () => {
    const team = await aTeam();
    const grant = await team.given('alice', [], { ...broken, tenants: ['cedar-home'], skipped: ['dan'] });
    expect(await team.act('alice', grant, { target: { tenants: ['cedar-home'] } })).toMatchObject({
      status: 'appended',
    });
    await expect(team.request('alice', { ...broken, seconds: 901, skipped: [] })).rejects.toEqual(refusal('too-long'));
    await expect(team.request('dan', { ...broken, skipped: [] })).rejects.toEqual(refusal('no-break-glass'));
    await expect(team.request('ci', { ...broken, skipped: [] })).rejects.toEqual(refusal('form-not-for-them'));
  });

  it('is reviewed once, by a reviewer, never by whoever broke it', async () => {
    const team = await aTeam();
    const grant = await team.given('alice', [], { ...broken, skipped: [] });
    const review = (user: string) =>
      team.as(user).append({ kind: 'grant', phase: 'review', grant, params: { verdict: 'justified', note: 'seen' } });
    await expect(review('alice-adm')).rejects.toEqual(refusal('self-review'));
    await expect(review('dan')).rejects.toEqual(refusal('not-a-reviewer'));
    await review('lea');
    expect((await team.grant(grant)).review).toMatchObject({ person: 'lea', verdict: 'justified' });
    await expect(review('leo')).rejects.toEqual(refusal('nothing-to-review'));
  });
});

describe('the policy', () => {
  it('is in force once two distinct people of its approvers have agreed to the same one', async () => {
    const team = await aTeam(null);
    const body = aPolicy();
    const policy = team.as('lea').newId();
    const digest = digestOfPolicy(body);
    await team
      .as('alice')
      .append({ kind: 'policy', phase: 'propose', reason: 'first', params: { policy, digest, body } });
    const approve = (user: string, seen = digest) =>
      team.as(user).append({ kind: 'policy', phase: 'approve', params: { policy, digest: seen } });
    await expect(approve('alice')).rejects.toEqual(refusal('not-an-approver'));
    await expect(approve('lea', '0'.repeat(64))).rejects.toEqual(refusal('other-policy'));
    await approve('lea');
    await expect(approve('lea')).rejects.toEqual(refusal('voted-already'));
    expect((await team.state()).policy).toBeNull();
    await approve('leo');
    expect((await team.state()).policy).toMatchObject({ policy, digest });
  });

  it.each([
    [
      'an account of two people',
      (body: ReturnType<typeof aPolicy>) => ({
        ...body,
        people: [...body.people, { ...body.people[1], name: 'bob2' }],
      }),
    ],
    [
      'too few who could change it',
      (body: ReturnType<typeof aPolicy>) => ({ ...body, approvers: { group: 'leads', count: 3 } }),
    ],
  ])('is refused with %s', async (_what, wrong) => {
    const team = await aTeam();
    await expect(team.adopt(wrong(aPolicy()) as never)).rejects.toEqual(refusal('policy-unsound'));
  });

  it('judges a change of itself by what is in force, not by what is proposed', async () => {
    const team = await aTeam();
    const body = aPolicy({ approvers: { group: 'sre', count: 2 } });
    const policy = team.as('bob').newId();
    const digest = digestOfPolicy(body);
    await team.as('bob').append({ kind: 'policy', phase: 'propose', reason: 'ours', params: { policy, digest, body } });
    const params = { policy, digest };
    await expect(team.as('bob').append({ kind: 'policy', phase: 'approve', params })).rejects.toEqual(
      refusal('not-an-approver'),
    );
  });

  it('leaves a grant from before it without effect', async () => {
    const team = await aTeam(null);
    const grant = await team.given('alice', []);
    expect(await team.act('alice', grant)).toMatchObject({ status: 'appended' });
    await team.adopt(aPolicy());
    expect(await team.act('alice', grant)).toMatchObject({
      status: 'refused',
      refusal: { message: expect.stringContaining('before there was a policy') },
    });
  });
});
