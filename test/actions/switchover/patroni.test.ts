import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { planAll } from '#actions/plan-all.ts';
import { reconcile } from '#actions/reconcile.ts';
import { type Pair, startPair } from '../../switchover/pair.ts';
import { prepare, startWorld, type World } from '../../switchover/world.ts';
import { actingOn, aTenant } from '../acting.ts';

const blockersOf = async ({ acting }: World, given = {}) =>
  (await acting.plan('switchover', given, 'maple-toys')).plan.blockers.map(({ reason }) => reason).join('; ');

describe('a plan of a switchover by Patroni', () => {
  // One pair of servers: nothing is turned here.
  let pair: Pair;
  beforeAll(async () => {
    pair = await startPair({ prepare });
  });
  afterAll(() => pair.close());

  it('names everybody on the server, is confirmed by its name, and says who could take over', async () => {
    const { acting } = await startWorld({ pair });
    const { plan } = await acting.plan('switchover', {}, 'maple-toys');
    expect(plan).toMatchObject({
      danger: 'severe',
      confirmWith: 'pg-1',
      tenants: ['maple-toys', 'bike-barn'],
      blockers: [],
      changes: [{ object: 'PostgreSQL pg-1', field: 'primary', before: 'a', after: 'b', owner: 'Patroni batman' }],
      undo: { action: 'switchover', params: { to: 'a' }, words: 'switch back to a' },
    });
    expect(plan.objects).toMatchObject([{ kind: 'PostgreSQL', uid: expect.stringMatching(/^\d{19}$/u), version: '1' }]);
    expect(plan.warnings).toContain('b could lead: running, asynchronous, 0 bytes behind');
    expect(plan.equivalents[0]).toBe('patronictl switchover batman --leader a --candidate b');
    // Both tenants in one bulk are one plan.
    const { action, params } = await acting.plan('switchover', {}, 'maple-toys');
    const both = acting.context.tenants.slice(0, 2);
    const plans = await planAll(action, params, both, acting.context, { reason: 'a test', ticket: null });
    expect(plans.map(({ plan: { tenants } }) => tenants)).toEqual([['maple-toys', 'bike-barn']]);
  });

  it('is blocked where the standby may never lead', async () => {
    const world = await startWorld({ pair, tags: { b: { nofailover: true } } });
    expect(await blockersOf(world)).toContain('`nofailover`');
  });

  it('is blocked where replay is paused there, though no lag shows it, and where the standby is away', async () => {
    const world = await startWorld();
    await world.pair.b.sql('SELECT pg_wal_replay_pause()');
    expect(await blockersOf(world, { to: 'b' })).toContain('its replay is paused');
    await world.pair.b.sql('SELECT pg_wal_replay_resume()');
    await world.pair.b.cutOff();
    // Patroni's row still says that it runs with a lag of 0: the primary knows better.
    await vi.waitFor(async () => expect(await blockersOf(world, { to: 'b' })).toContain('no standby of that name'));
  });

  it('is blocked where its own address leads to a standby', async () => {
    const world = await startWorld({ pair });
    const { port } = world.pair.b;
    const server = world.acting.context.estate.postgres['pg-1'];
    const tenants = [aTenant('maple-toys', { postgres: 'pg-1' })];
    const there = await actingOn(
      { postgres: { 'pg-1': { ...server, host: '127.0.0.1', port } as NonNullable<typeof server> } },
      { tenants, env: { PG_PASSWORD: 'a password' } },
    );
    const { plan } = await there.plan('switchover', {}, 'maple-toys');
    expect(plan.blockers.map(({ reason }) => reason)).toEqual(['at its address answers a standby, not the primary']);
    expect(plan.warnings.join()).toContain("the estate's address of pg-1 is b's own");
  });

  it('is made of what Patroni 4 says too, which calls roles and states otherwise', async () => {
    const { acting } = await startWorld({ pair, synchronous: true, isModern: true });
    const { plan } = await acting.plan('switchover', {}, 'maple-toys');
    expect(plan.blockers).toEqual([]);
    expect(plan.warnings).toContain('b could lead: streaming, synchronous, 0 bytes behind');
  });

  it('of a member that is not there, or leads already, is wrong usage', async () => {
    const { acting } = await startWorld({ pair });
    await expect(acting.plan('switchover', { to: 'bb' }, 'maple-toys')).rejects.toMatchObject({
      ...{ exit: 2, reason: 'unknown-member', next: 'did you mean "b"?' },
    });
    await expect(acting.plan('switchover', { to: 'a' }, 'maple-toys')).rejects.toMatchObject({
      ...{ exit: 2, reason: 'leads-already' },
    });
  });

  it('where the ledger lies on that very server is blocked', async () => {
    const world = await startWorld({ pair });
    const { host, port } = world.address;
    const ledger = { postgres: { host, port, database: 'till_ledger', tls: 'disable' as const } };
    const { plan: planOf } = await import('#actions/definitions/switchover.ts').then(({ action }) => action);
    const { context } = world.acting;
    const estate = {
      ...context.estate,
      ledger: { anchors: {}, retention: 13, ...ledger } as typeof context.estate.ledger,
    };
    const [tenant = null] = context.tenants;
    const draft = await planOf({
      ...{ params: { to: null }, tenant, tenants: context.tenants, status: null, estate, world: context },
    });
    expect(draft.blockers).toMatchObject([{ by: 'the ledger' }]);
  });

  it('where nobody could do it says what to add to the estate', async () => {
    const { acting } = await startWorld({ pair, server: { patroni: undefined } as never });
    await expect(acting.plan('switchover', {}, 'maple-toys')).rejects.toMatchObject({
      ...{ exit: 2, reason: 'no-switchover-manager', target: 'pg-1' },
      next: expect.stringContaining('postgres.pg-1.patroni'),
    });
    await expect(acting.plan('switchover', {}, 'olive-kitchen')).rejects.toMatchObject({ target: 'pg-2' });
  });
});

describe('a switchover by Patroni', () => {
  it('really turns the servers, is ok once the old one follows, and can be taken back', async () => {
    const { acting, pair, patroni } = await startWorld({ auth: { username: 'till', password: 'robin' } });
    expect(await acting.perform('switchover', { to: 'b' }, 'maple-toys')).toMatchObject({
      status: 'ok',
      message: 'b leads on timeline 2, and a follows it',
    });
    expect(await pair.b.sql('SELECT pg_is_in_recovery() AS standby')).toEqual([{ standby: false }]);
    expect(await pair.b.sql('SELECT application_name, state FROM pg_stat_replication')).toEqual([
      { application_name: 'a', state: 'streaming' },
    ]);
    const [begun] = await acting.entries({ phase: 'intent' });
    expect(patroni.asked.filter(({ method }) => method === 'POST')).toMatchObject([
      { path: '/switchover', agent: expect.stringContaining(begun?.operation ?? '?'), hasAuth: true },
    ]);
    expect(patroni.asked.filter(({ method, hasAuth }) => method === 'GET' && hasAuth)).toEqual([]);

    expect(await acting.perform('switchover', { to: 'a' }, 'bike-barn')).toMatchObject({
      status: 'ok',
      message: 'a leads on timeline 3, and b follows it',
    });
    expect(patroni.leader).toBe('a');
  }, 60_000);

  it('that Patroni knows nothing of in the end is followed, and is ok when it was done', async () => {
    const { acting } = await startWorld({ manner: 'says-unknown' });
    expect(await acting.perform('switchover', {}, 'maple-toys')).toMatchObject({ status: 'ok' });
    const steps = await acting.entries({ phase: 'step' });
    expect(JSON.stringify(steps)).toContain('and yet it was done');
  }, 60_000);

  it('that Patroni gave up on wrote nothing', async () => {
    const { acting, pair } = await startWorld({ manner: 'gives-up', timeoutMs: 4_000 });
    const outcome = await acting.perform('switchover', {}, 'maple-toys');
    expect(outcome).toMatchObject({ status: 'failed', reason: '503' });
    expect(outcome?.message).toContain('Switchover failed; a leads on timeline 1');
    expect(await pair.a.sql('SELECT pg_is_in_recovery() AS standby')).toEqual([{ standby: false }]);
  }, 60_000);

  it('is not believed: where Patroni says 200 and nothing turns, it failed', async () => {
    const { acting } = await startWorld({ manner: 'lies', timeoutMs: 4_000 });
    expect(await acting.perform('switchover', {}, 'maple-toys')).toMatchObject({
      status: 'failed',
      message: 'nothing came of it: a leads on timeline 1',
    });
  }, 60_000);

  it('after which the old leader does not come back has left no standby, and says so', async () => {
    const { acting } = await startWorld({ manner: 'leaves-one', timeoutMs: 6_000 });
    expect(await acting.perform('switchover', {}, 'maple-toys')).toMatchObject({
      status: 'failed',
      message: 'b leads on timeline 2; a is stopped: it has no standby there',
    });
  }, 60_000);

  it('after which the address leads nowhere is not confirmed by the API alone', async () => {
    const world = await startWorld({ timeoutMs: 6_000 });
    const planned = await world.acting.plan('switchover', {}, 'maple-toys');
    const begun = await world.acting.begin(planned);
    // The address is one member's own, as it were: it stays with the old leader.
    await world.address.pinTo(world.pair.a.port);
    const outcome = await world.acting.work(begun.operation);
    expect(outcome?.status).toBe('failed');
    expect(outcome?.message).toContain("b leads by its manager's word");
  }, 60_000);

  it('planned before somebody else switched over is refused, and nothing is sent', async () => {
    const { acting, patroni } = await startWorld();
    const planned = await acting.plan('switchover', {}, 'maple-toys');
    await acting.perform('switchover', {}, 'bike-barn');
    const sent = patroni.asked.filter(({ method }) => method === 'POST').length;
    const begun = await acting.begin(planned);
    expect(await acting.work(begun.operation)).toMatchObject({ status: 'refused', reason: 'moved' });
    expect(patroni.asked.filter(({ method }) => method === 'POST')).toHaveLength(sent);
  }, 60_000);
});

describe('a switchover whose process died', () => {
  /** Begun, with its step recorded as begun, and nobody there any more. */
  async function died({ acting }: World): Promise<string> {
    const begun = await acting.begin(await acting.plan('switchover', {}, 'maple-toys'));
    await acting.context.ledger.append({
      ...{ kind: 'operation', phase: 'step', operation: begun.operation },
      params: { step: 'switch-over', index: 0, of: 1 },
    });
    return begun.operation;
  }

  it('is applied when the history shows that its timeline ended with the one that it named', async () => {
    const world = await startWorld();
    const operation = await died(world);
    await fetch(`${world.patroni.urls[0] ?? ''}/switchover`, {
      ...{ method: 'POST', body: JSON.stringify({ leader: 'a', candidate: 'b' }) },
    });
    await world.patroni.idle();
    expect(await reconcile(world.acting.context, operation)).toMatchObject([{ status: 'applied' }]);
  }, 60_000);

  it('is not called absent as long as Patroni may still take it up', async () => {
    const world = await startWorld();
    expect(await reconcile(world.acting.context, await died(world))).toMatchObject([{ status: 'indeterminate' }]);
  });

  it('is absent when long afterwards the same one leads on the same timeline', async () => {
    const world = await startWorld();
    const { context } = world.acting;
    const later = { ...context, clock: { ...context.clock, now: () => context.clock.now() + 120_000 } };
    expect(await reconcile(later, await died(world))).toMatchObject([{ status: 'absent' }]);
  });
});
