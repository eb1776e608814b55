import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ServerQuery, Signal } from '#health/signal.ts';
import { signals } from '#health/signals/index.ts';
import type { ServerIdentity } from '#systems/postgres/server.ts';
import { startTestPostgres, type TestPostgres } from '../../servers.ts';
import { says, tenant } from './makers.ts';
import { connected, identityOf, startNewestPostgres } from './postgres.ts';

type ServerSignal = Extract<Signal, { readonly from: 'postgres' }>;
const own = signals.filter((signal): signal is ServerSignal => signal.from === 'postgres');
const monitor = { user: 'till_monitor', password: 'for-tests-only' };
const shop = tenant({ database: 'shop' });

const settings = {
  wal_level: 'replica',
  max_wal_senders: '4',
  archive_mode: 'on',
  archive_command: '/bin/false',
  max_connections: '20',
  deadlock_timeout: '50ms',
};

/** The installed server, and the newest one that the repository brings where it does. */
const starts = [
  { which: 'the installed server', start: () => startTestPostgres({ settings }) },
  {
    which: 'the newest server',
    start: async () => (await startNewestPostgres(settings)) ?? startTestPostgres({ settings }),
  },
];

describe.each(starts)('server-wide reads on $which', ({ start }) => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await start();
    await server.sql(
      'postgres',
      `CREATE ROLE till_monitor LOGIN PASSWORD '${monitor.password}'; GRANT pg_monitor TO till_monitor;
       CREATE ROLE nobody_special LOGIN PASSWORD '${monitor.password}'`,
    );
    await server.sql('postgres', 'CREATE DATABASE shop');
    await server.sql(
      'shop',
      'CREATE TABLE stock_quant (id int primary key, quantity int); INSERT INTO stock_quant VALUES (1, 1), (2, 2)',
    );
  });
  afterAll(async () => server?.stop());

  async function observe<T>(query: ServerQuery<T>, user = monitor.user): Promise<T> {
    return connected(server, 'postgres', { ...monitor, user, application: 'till' }, async (read) => {
      const identity = await identityOf(read);
      const asked = query.query(identity);
      if (asked === null) {
        throw new Error(`${query.name} can't be asked`);
      }
      return query.parse(await read(asked.text, asked.values), identity);
    });
  }

  async function wordOf(name: string, fields = {}): Promise<string | null> {
    const signal = own.find((candidate) => candidate.name === name);
    if (signal === undefined) {
      throw new Error(`no signal ${name}`);
    }
    return says(signal, await observe(signal.query), { tenant: shop, ...fields });
  }

  const admin = () => ({ user: server.user, password: server.password });

  it('say who answers', async () => {
    expect(await wordOf('postgres-reachable')).toMatch(/^ok: PostgreSQL \d+\.\d+ answers, up \d/);
  });

  // 20 places, 3 for superusers, and from 16 on 2 that the test server keeps for its monitor.
  it('count the places without those kept for superusers', async () => {
    expect(await wordOf('connections')).toMatch(/^ok: \d+ of 1[57] connections used, most by postgres \(\d+\)$/);
  });

  it('name the database that takes no connections, and the one at its own limit', async () => {
    await server.sql('postgres', 'CREATE DATABASE closed ALLOW_CONNECTIONS false; ');
    await server.sql('postgres', 'CREATE DATABASE tight CONNECTION LIMIT 0');
    expect(await wordOf('connections', { tenant: tenant({ database: 'closed' }) })).toBe(
      'critical: database closed takes no connections',
    );
    expect(await wordOf('connections', { tenant: tenant({ database: 'tight' }) })).toBe(
      "critical: 0 of this database's 0 connections used",
    );
  });

  it('follow a queue of waiting sessions to the one at its head', async () => {
    await connected(server, 'shop', admin(), async (head) => {
      await head('BEGIN');
      const [row] = await head('UPDATE stock_quant SET quantity = 0 WHERE id = 1 RETURNING pg_backend_pid() AS pid');
      const pid = String(row?.['pid']);
      const waiters = [
        connected(server, 'shop', admin(), (read) => read('UPDATE stock_quant SET quantity = 9 WHERE id = 1')),
        connected(server, 'shop', admin(), (read) => read('SELECT * FROM stock_quant WHERE id = 1 FOR UPDATE')),
        connected(server, 'shop', admin(), (read) => read('ALTER TABLE stock_quant ADD COLUMN x int')),
      ];
      await vi.waitFor(async () =>
        expect(await wordOf('blocked-sessions')).toMatch(
          new RegExp(`^ok: 3 sessions blocked \\d+s by ${pid} idle in transaction \\d+s, after UPDATE stock_quant SET`),
        ),
      );
      expect(await wordOf('blocked-sessions', { tenant: tenant({ database: 'postgres' }) })).toBe(
        'ok: no session waits for a lock',
      );
      expect(
        await wordOf('longest-transaction', { threshold: { direction: 'above', warn: 0, critical: null } }),
      ).toMatch(/^warn: \d+ idle in transaction \d+s, after UPDATE/);
      await head('COMMIT');
      await Promise.all(waiters);
    });
  });

  it('ask a server of 13 without the columns that came later', async () => {
    const { query } = own.find(({ name }) => name === 'blocked-sessions') ?? {};
    const text = query?.query({ version: 130_023, hasPgMonitor: true } as ServerIdentity)?.text ?? '';
    expect(text).not.toContain('waitstart');
    await connected(server, 'postgres', { ...monitor, application: 'till' }, async (read) => {
      expect(query?.parse(await read(text), {} as ServerIdentity)).toBeInstanceOf(Array);
    });
  });

  it('count deadlocks from one sample to the next', async () => {
    const { query } = own.find(({ name }) => name === 'deadlocks') ?? {};
    if (query === undefined) {
      throw new Error('no signal deadlocks');
    }
    expect(await wordOf('deadlocks')).toBe('ok: no deadlock since the counters began');
    const before = await observe(query);
    await deadlock();
    // Counters reach the shared statistics when a session ends or has been idle for a while.
    await vi.waitFor(async () =>
      expect(await wordOf('deadlocks', { previous: { value: before, at: Date.parse('2026-11-27T09:40:00Z') } })).toBe(
        'warn: 1 deadlock in 1m00s',
      ),
    );
    expect(await wordOf('deadlocks')).toBe('unknown: 1 deadlock in all, no earlier sample to compare with');
  });

  async function deadlock(): Promise<void> {
    await connected(server, 'shop', admin(), async (one) => {
      await connected(server, 'shop', admin(), async (other) => {
        await one('BEGIN; UPDATE stock_quant SET quantity = 1 WHERE id = 1');
        await other('BEGIN; UPDATE stock_quant SET quantity = 1 WHERE id = 2');
        const ends = await Promise.allSettled([
          one('UPDATE stock_quant SET quantity = 1 WHERE id = 2'),
          other('UPDATE stock_quant SET quantity = 1 WHERE id = 1'),
        ]);
        expect(ends.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
      });
    });
  }

  it('tell how far each database is from wraparound', async () => {
    expect(await wordOf('wraparound')).toBe('ok: 0 % of the way to wraparound');
    expect(await wordOf('wraparound', { threshold: { direction: 'above', warn: 1, critical: null } })).toMatch(
      /^warn: shop not frozen for \d+ transactions/,
    );
  });

  it('see an archiver that fails', async () => {
    await server.sql('postgres', 'SELECT pg_switch_wal()');
    await vi.waitFor(
      async () =>
        expect(await wordOf('archiver-failing')).toMatch(
          /^warn: WAL archiving fails at 0\w+: \d+ segments? wait \d+s, none has ever worked$/,
        ),
      { timeout: 20_000, interval: 200 },
    );
  });

  it('see a standby that should be connected and is not, and nothing where none is expected', async () => {
    expect(await wordOf('replication-lag')).toBeNull();
    await server.sql('postgres', "SELECT pg_create_physical_replication_slot('pg_eu_2', true)");
    expect(await wordOf('replication-lag')).toMatch(
      /^critical: standby pg_eu_2 is not connected, [\d.]+ \w+ of WAL kept/,
    );
    await server.sql('postgres', "SELECT pg_drop_replication_slot('pg_eu_2')");
  });

  it('are forbidden to a role that would see an empty server instead', async () => {
    const blind = own.filter(({ query }) => !['identity', 'counters'].includes(query.name));
    for (const { query } of blind) {
      await expect(observe(query, 'nobody_special')).rejects.toMatchObject({ reason: 'forbidden' });
    }
    expect(blind.length).toBeGreaterThan(4);
  });
});
