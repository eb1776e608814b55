import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { startTestPostgres, type TestPostgres } from '../servers.ts';
import { type Acting, actingOn, aTenant } from './acting.ts';

const password = 'correct horse battery staple';
let server: TestPostgres;

beforeAll(async () => {
  server = await startTestPostgres();
  await server.sql(
    'postgres',
    `CREATE ROLE till_monitor LOGIN PASSWORD '${password}'; GRANT pg_monitor, pg_signal_backend TO till_monitor;
     CREATE ROLE onlooker LOGIN PASSWORD '${password}'; GRANT pg_monitor TO onlooker;
     CREATE ROLE odoo LOGIN PASSWORD '${password}'`,
  );
  for (const database of ['maple_toys', 'bike_barn']) {
    await server.sql('postgres', `CREATE DATABASE ${database} OWNER odoo`);
    await server.sql(database, 'CREATE TABLE stock AS SELECT 7 AS product, 1 AS quantity; GRANT ALL ON stock TO odoo');
  }
}, 60_000);

afterAll(() => server.stop());

function estate(user = 'till_monitor'): Promise<Acting> {
  const { host, port } = server;
  return actingOn(
    {
      postgres: {
        'pg-1': { host, port, user, password: { env: 'PG' }, tls: 'disable', database: 'postgres' },
      },
    },
    {
      tenants: [
        aTenant('maple-toys', { postgres: 'pg-1', database: 'maple_toys' }),
        aTenant('bike-barn', { postgres: 'pg-1', database: 'bike_barn' }),
      ],
      env: { PG: password },
    },
  );
}

/** A session of the shop's own; ended with the test, unless somebody ended it before. */
async function shop(application: string, database = 'maple_toys') {
  const pg = (await import('pg')).default;
  const { host, port } = server;
  const client = new pg.Client({ host, port, user: 'odoo', password, database, application_name: application });
  client.on('error', () => undefined);
  await client.connect();
  onTestFinished(() => client.end().catch(() => undefined));
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return { client, pid: String(rows[0]?.pid) };
}

type Shop = Awaited<ReturnType<typeof shop>>;

const take = 'UPDATE stock SET quantity = quantity - 1 WHERE product = 7';

/** One that forgot to commit, and two who wait for it. */
async function lockTree() {
  const holder = await shop('import');
  await holder.client.query('BEGIN');
  await holder.client.query(take);
  const waiting = [];
  for (const application of ['till-1', 'till-2']) {
    const { client } = await shop(application);
    waiting.push(client.query(take).then(() => 'went on', String));
  }
  await vi.waitUntil(async () => (await waiters()) === 2);
  return { ...holder, waiting };
}

async function waiters(): Promise<number> {
  const [row] = await server.sql(
    'postgres',
    "SELECT count(*)::int AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = 'maple_toys'",
  );
  return Number(row?.['n']);
}

async function isThere(pid: string): Promise<boolean> {
  return (await server.sql('postgres', `SELECT FROM pg_stat_activity WHERE pid = ${pid}`)).length > 0;
}

describe('terminate-session', () => {
  it('ends the root of a lock tree, and those who waited go on', async () => {
    const acting = await estate();
    const { pid, waiting } = await lockTree();
    const { plan } = await acting.plan('terminate-session', { blockers: true }, 'maple-toys');
    expect(plan).toMatchObject({
      danger: 'severe',
      confirmWith: 'maple-toys',
      undo: null,
      objects: [{ system: 'postgres', cluster: 'pg-1', namespace: 'maple_toys', kind: 'session', name: pid }],
      changes: [{ object: `session ${pid}`, field: 'state', before: 'in a transaction', after: 'ended' }],
    });
    expect(plan.objects[0]?.uid).toMatch(new RegExp(`^${pid}@\\d{4}-\\d\\d-\\d\\d `));
    expect(plan.warnings[0]).toMatch(/idle in transaction for .*odoo\/import.*2 sessions wait for it.*UPDATE stock/);

    const outcome = await acting.perform('terminate-session', { blockers: true }, 'maple-toys');

    expect(outcome).toMatchObject({ status: 'ok', targets: [{ tenant: 'maple-toys', status: 'ok' }] });
    expect(await isThere(pid)).toBe(false);
    expect(await Promise.all(waiting)).toEqual(['went on', 'went on']);
    expect((await acting.entries({ kind: 'operation' })).map(({ phase }) => phase)).toEqual([
      'intent',
      'step',
      'step',
      'outcome',
    ]);
  });

  it('ends one session by its pid and leaves the others alone', async () => {
    const acting = await estate();
    const [one, other] = [await shop('one'), await shop('other')];
    expect(await acting.perform('terminate-session', { pid: one.pid }, 'maple-toys')).toMatchObject({ status: 'ok' });
    expect(await isThere(one.pid)).toBe(false);
    expect(await isThere(other.pid)).toBe(true);
  });

  it('does nothing when the transaction that was agreed on has ended since', async () => {
    const acting = await estate();
    const { client, pid } = await lockTree();
    const begun = await acting.begin(await acting.plan('terminate-session', { pid }, 'maple-toys'));
    await client.query('COMMIT; BEGIN');
    await client.query('SELECT 1');
    expect(await acting.work(begun.operation)).toMatchObject({ status: 'refused', reason: 'moved' });
    expect(await isThere(pid)).toBe(true);
  });

  it('does nothing when the session has ended by itself since', async () => {
    const acting = await estate();
    const { client, pid } = await shop('brief');
    const begun = await acting.begin(await acting.plan('terminate-session', { pid }, 'maple-toys'));
    await client.end();
    await vi.waitUntil(async () => !(await isThere(pid)));
    expect(await acting.work(begun.operation)).toMatchObject({ status: 'refused', reason: 'moved' });
  });

  it("refuses another tenant's session, and one that nobody has", async () => {
    const acting = await estate();
    const { pid } = await shop('elsewhere', 'bike_barn');
    await expect(acting.plan('terminate-session', { pid }, 'maple-toys')).rejects.toMatchObject({
      exit: 2,
      reason: 'unknown-session',
    });
    await expect(acting.plan('terminate-session', { pid: '999999' }, 'maple-toys')).rejects.toThrow(
      'no session 999999',
    );
  });

  it('where nobody is held up is refused, and the refusal is recorded', async () => {
    const acting = await estate();
    expect(await acting.perform('terminate-session', { blockers: true }, 'bike-barn')).toMatchObject({
      status: 'refused',
      by: 'lock tree of bike_barn',
    });
    expect(await acting.entries({ phase: 'refusal' })).toHaveLength(1);
  });

  it('ends in failure that says what to grant where our role may not signal', async () => {
    const acting = await estate('onlooker');
    const { pid } = await shop('kept');
    const outcome = await acting.perform('terminate-session', { pid }, 'maple-toys');
    expect(outcome).toMatchObject({ status: 'failed', reason: '42501' });
    expect(outcome?.message).toContain('till estate grants --operator');
    expect(await isThere(pid)).toBe(true);
  });

  it.each([
    [{ pid: '12', blockers: true } as const, 'two sets'],
    [{ pid: 'all' }, 'not "all"'],
    [{ pid: '-1' }, 'not "-1"'],
  ])('of %o is wrong usage', async (given, words) => {
    await expect((await estate()).plan('terminate-session', given, 'maple-toys')).rejects.toThrow(words);
  });
});

describe('cancel-query', () => {
  it('stops the query and leaves the session', async () => {
    const acting = await estate();
    const { client, pid } = await shop('report');
    const query = client.query('SELECT pg_sleep(60)').then(() => 'went on', String);
    await vi.waitUntil(
      async () =>
        (await server.sql('postgres', `SELECT FROM pg_stat_activity WHERE pid = ${pid} AND state = 'active'`)).length >
        0,
    );
    expect(await acting.perform('cancel-query', { pid }, 'maple-toys')).toMatchObject({ status: 'ok' });
    expect(await query).toContain('canceling statement due to user request');
    expect(await isThere(pid)).toBe(true);
  });

  it('on an idle transaction is refused, since it would do nothing, with the way out', async () => {
    const acting = await estate();
    const { pid } = await lockTree();
    expect(await acting.perform('cancel-query', { pid }, 'maple-toys')).toMatchObject({
      status: 'refused',
      reason: 'blocked',
      wayOut: `till terminate-session maple-toys --pid ${pid}`,
    });
    expect(await isThere(pid)).toBe(true);
  });

  describe('whose worker died in the middle', () => {
    /** What reconciliation would say of the query that the session runs now, after `meanwhile`. */
    async function foundAfter(pid: string, meanwhile: () => Promise<unknown>) {
      const acting = await estate();
      const { action, plan, params } = await acting.plan('cancel-query', { pid }, 'maple-toys');
      await meanwhile();
      const { context } = acting;
      const looking = {
        signal: new AbortController().signal,
        deadline: Number.POSITIVE_INFINITY,
        progress: () => undefined,
      };
      return await action.find?.(plan, params, { ...context, ...looking }, 'an operation');
    }
    const state = (pid: string) =>
      server.sql('postgres', `SELECT state, query, wait_event FROM pg_stat_activity WHERE pid = ${pid}`);
    const running = (pid: string, words: string) =>
      vi.waitFor(async () => expect(JSON.stringify(await state(pid))).toContain(words), { timeout: 10_000 });

    it('is absent while the very query still runs: a cancel would have ended it', async () => {
      const { client, pid } = await shop('report');
      const slow = client.query('SELECT pg_sleep(30)').catch(() => undefined);
      await running(pid, 'PgSleep');
      expect(await foundAfter(pid, async () => undefined)).toBe('absent');
      await server.sql('postgres', `SELECT pg_cancel_backend(${pid})`);
      await slow;
    });

    it.each([
      ['the query is gone, whoever ended it', async () => undefined],
      [
        'the session runs another query',
        async (client: Shop['client']) => void client.query('SELECT pg_sleep(29)').catch(() => undefined),
      ],
    ])('is indeterminate when %s', async (_what, then) => {
      const { client, pid } = await shop('report');
      const slow = client.query('SELECT pg_sleep(30)').catch(() => undefined);
      await running(pid, 'PgSleep');
      const found = foundAfter(pid, async () => {
        await server.sql('postgres', `SELECT pg_cancel_backend(${pid})`);
        await slow;
        await then(client);
      });
      expect(await found).toBe('indeterminate');
    });

    it('is indeterminate while it writes to a client that does not read: it hears of no cancel there', async () => {
      const { client, pid } = await shop('export');
      const { stream } = (client as unknown as { readonly connection: { readonly stream: import('node:net').Socket } })
        .connection;
      stream.pause();
      client.query("SELECT repeat('x', 10000) FROM generate_series(1, 100000)").catch(() => undefined);
      await running(pid, 'ClientWrite');
      expect(await foundAfter(pid, async () => undefined)).toBe('indeterminate');
      stream.destroy();
    });
  });
});
