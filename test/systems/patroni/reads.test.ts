import { readFile } from 'node:fs/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { certificateFiles } from '../../certificates.ts';
import { aMember, failureOf, nobody, patroniAt } from './world.ts';

/** As 3.0.2 answered, with a standby that it knows nothing of. */
const old = {
  members: [
    {
      name: 'a',
      role: 'leader',
      state: 'running',
      api_url: 'http://10.0.0.1:8008/patroni',
      host: '10.0.0.1',
      port: 5432,
      timeline: 3,
    },
    {
      name: 'b',
      role: 'replica',
      state: 'stopped',
      host: '10.0.0.2',
      port: 5432,
      lag: 'unknown',
      tags: { nofailover: true },
    },
  ],
};
/** As 4.1 does, by its documentation. */
const modern = {
  scope: 'batman',
  pause: true,
  scheduled_switchover: { at: '2026-11-27T03:00:00+00:00', from: 'a', to: 'b' },
  members: [
    { name: 'a', role: 'leader', state: 'running', host: 'a', port: 5432, timeline: 3, lsn: '0/4000060' },
    {
      name: 'b',
      role: 'sync_standby',
      state: 'streaming',
      host: 'b',
      port: 5432,
      timeline: 3,
      lag: 16,
      receive_lag: 0,
      replay_lag: 16,
    },
    {
      name: 'c',
      role: 'quorum_standby',
      state: 'streaming',
      host: 'c',
      port: 5432,
      timeline: 3,
      lag: 0,
      tags: { failover_priority: 0 },
    },
  ],
};
const page = '<html><head><title>Error response</title></head></html>';

describe('what Patroni says of a cluster', () => {
  it('is read of version 3, where a lag may be a word', async () => {
    const { url } = await aMember(() => ({ body: old }));
    expect(await patroniAt([url]).cluster()).toMatchObject({
      isPaused: false,
      scheduled: null,
      members: [
        { name: 'a', role: 'leader', timeline: 3, lagBytes: null, isBarred: false },
        { name: 'b', role: 'replica', state: 'stopped', timeline: null, lagBytes: null, isBarred: true },
      ],
    });
  });

  it('is read of version 4, with roles and states of its own', async () => {
    const { url } = await aMember(() => ({ body: modern }));
    expect(await patroniAt([url]).cluster()).toMatchObject({
      isPaused: true,
      scheduled: { at: '2026-11-27T03:00:00+00:00', to: 'b' },
      members: [
        { role: 'leader' },
        { role: 'sync_standby', state: 'streaming', lagBytes: 16, isBarred: false },
        { role: 'quorum_standby', isBarred: true },
      ],
    });
  });

  it('comes from any member that answers, and from that one first from then on', async () => {
    const [dead, ill, well] = [
      await nobody(),
      await aMember(() => ({ status: 500, body: page })),
      await aMember(() => ({ body: old })),
    ];
    const patroni = patroniAt([dead, ill.url, well.url]);
    await patroni.cluster();
    await patroni.cluster();
    expect([ill.heard.length, well.heard.length]).toEqual([1, 2]);
  });

  it.each([
    ['a page of HTML', { status: 400, body: page }, { reason: 'unsupported', code: '400' }, 'a page of HTML'],
    ['JSON that is not its own', { body: { members: 'none' } }, { reason: 'unsupported' }, 'not what Patroni answers'],
    ['a 403', { status: 403, body: 'Access is denied' }, { reason: 'forbidden', code: '403' }, 'allow-list'],
    [
      'a 401',
      { status: 401, body: 'no auth header received' },
      { reason: 'forbidden', code: '401' },
      'patroni.username',
    ],
  ])('is nothing where it answers %s', async (_what, answer, wanted, words) => {
    const { url } = await aMember(() => answer);
    const failure = await failureOf(patroniAt([url]).cluster());
    expect(failure).toMatchObject(wanted);
    expect(failure.message).toContain(words);
  });

  it('that nobody tells names each address that was asked', async () => {
    const [one, other] = [await nobody(), await nobody()];
    const failure = await failureOf(patroniAt([one, other]).cluster());
    expect(failure).toMatchObject({ reason: 'unreachable', code: 'ECONNREFUSED' });
    expect(failure.message).toContain(new URL(one).host);
    expect(failure.message).toContain(new URL(other).host);
  });

  it('is asked for without a password, until one is asked for', async () => {
    const { url, heard } = await aMember(({ headers }) =>
      headers.authorization === `Basic ${Buffer.from('till:robin').toString('base64')}`
        ? { body: old }
        : { status: 401, body: 'no auth header received' },
    );
    await patroniAt([url], { username: 'till', password: { env: 'X' } }).cluster();
    expect(heard.map(({ headers }) => headers.authorization !== undefined)).toEqual([false, true]);
  });

  it("is believed over TLS only from who the estate's CA vouches for", async () => {
    const files = await certificateFiles({ addresses: ['127.0.0.1'] });
    onTestFinished(() => files.remove());
    const [key, cert] = await Promise.all([readFile(files.key, 'utf8'), readFile(files.certificate, 'utf8')]);
    const { url } = await aMember(() => ({ body: old }), { key, cert });
    expect((await patroniAt([url], { ca: files.ca }).cluster()).members).toHaveLength(2);
    expect((await failureOf(patroniAt([url], { ca: files.otherCa }).cluster())).message).toContain(
      'signed by an authority',
    );
    expect(await failureOf(patroniAt([url], { ca: '/no/such.pem' }).cluster())).toMatchObject({ reason: 'not-probed' });
  });
});

describe('what a member says of itself', () => {
  const said = (fields: object) => ({
    state: 'running',
    timeline: 3,
    patroni: { name: 'b', scope: 'batman' },
    ...fields,
  });

  it.each([
    ['master', 'primary'],
    ['primary', 'primary'],
    ['replica', 'standby'],
    ['demoted', 'standby'],
  ])('with the role %s is a %s', async (role, wanted) => {
    const { url } = await aMember(() => ({ body: said({ role }) }));
    expect((await patroniAt([url]).node({ name: 'b', apiUrl: null })).role).toBe(wanted);
  });

  it('keeps a system identifier that is greater than any number', async () => {
    const body = said({ role: 'replica', database_system_identifier: '7710765604981163646', xlog: { paused: true } });
    const { url } = await aMember(() => ({ body }));
    expect(await patroniAt([url]).node({ name: 'b', apiUrl: null })).toMatchObject({
      systemIdentifier: '7710765604981163646',
      isReplayPaused: true,
      scope: 'batman',
    });
  });

  it('is heard though it says it with 503, as one without a running PostgreSQL does', async () => {
    const { url } = await aMember(() => ({ status: 503, body: said({ role: 'replica', state: 'stopped' }) }));
    expect(await patroniAt([url]).node({ name: 'b', apiUrl: null })).toMatchObject({ state: 'stopped' });
  });

  it("is asked at the estate's address for it, and else where the cluster says that it listens", async () => {
    const own = await aMember(() => ({ body: said({ role: 'replica' }) }));
    const other = await aMember(() => ({ body: said({ role: 'master', patroni: { name: 'a' } }) }));
    const patroni = patroniAt([own.url]);
    expect(await patroni.node({ name: 'b', apiUrl: 'http://10.255.255.1:8008/patroni' })).toMatchObject({ name: 'b' });
    expect(await patroni.node({ name: 'a', apiUrl: `${other.url}/patroni` })).toMatchObject({ name: 'a' });
    expect(await failureOf(patroni.node({ name: 'c', apiUrl: null }))).toMatchObject({ reason: 'not-probed' });
  });
});

it('reads the history with and without the name of who led next', async () => {
  const lines = [
    [1, 58981320, 'no recovery target specified', '2026-11-22T07:31:25.187651+00:00', 'b'],
    [2, 58984832, 'no recovery target specified'],
  ];
  const { url } = await aMember(() => ({ body: lines }));
  expect(await patroniAt([url]).history()).toEqual([
    { timeline: 1, reason: 'no recovery target specified', at: Date.parse('2026-11-22T07:31:25.187Z'), leader: 'b' },
    { timeline: 2, reason: 'no recovery target specified', at: null, leader: null },
  ]);
});
