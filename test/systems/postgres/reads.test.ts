import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PostgresReader } from '#systems/postgres/server.ts';
import { startTestPostgres, type TestPostgres } from '../../servers.ts';
import { prepare, reader } from './world.ts';

let server: TestPostgres;
let postgres: PostgresReader;

beforeAll(async () => {
  server = await startTestPostgres();
  await prepare(server);
});
afterEach(() => postgres.close());
afterAll(() => server.stop());

const deadlineMs = 5_000;

describe('a reader of PostgreSQL', () => {
  it('says who answers', async () => {
    postgres = reader(server);
    const identity = await postgres.identity();
    expect(identity).toMatchObject({ standby: false, timeline: 1, hasPgMonitor: true });
    expect(identity.version).toBeGreaterThanOrEqual(130_000);
    expect(identity.systemIdentifier).toMatch(/^\d{19}$/);
    expect(Date.now() - identity.startedAt).toBeLessThan(120_000);
  });

  it('tells apart what the monitoring role may see', async () => {
    await server.sql('postgres', "CREATE ROLE nobody_special LOGIN PASSWORD 'x'");
    postgres = reader(server, { server: { user: 'nobody_special' }, password: async () => 'x' });
    expect(await postgres.identity()).toMatchObject({ hasPgMonitor: false });
  });

  it('runs server-wide reads over one kept connection', async () => {
    postgres = reader(server);
    const pids = await Promise.all(
      [1, 2, 3].map(() => postgres.query({ text: 'SELECT pg_backend_pid() AS pid' }, { deadlineMs })),
    );
    expect(new Set(pids.map(([row]) => row?.['pid'])).size).toBe(1);
  });

  it('goes to tenants’ databases over two connections at most', async () => {
    for (let index = 0; index < 6; index += 1) {
      await server.sql('postgres', `CREATE DATABASE shop_${index}`);
    }
    postgres = reader(server);
    const seen = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        postgres.visit(`shop_${index}`, { deadlineMs }, async (read) => {
          const [row] = await read({
            text: `SELECT current_database() AS database,
              (SELECT count(*) FROM pg_stat_activity WHERE usename = 'till_monitor') AS ours`,
          });
          return row;
        }),
      ),
    );
    expect(seen.map((row) => row?.['database'])).toEqual(['shop_0', 'shop_1', 'shop_2', 'shop_3', 'shop_4', 'shop_5']);
    expect(Math.max(...seen.map((row) => Number(row?.['ours'])))).toBeLessThanOrEqual(2);
  });

  it('stays where the next visit is', async () => {
    postgres = reader(server);
    const pid = () =>
      postgres.visit('maple_toys', { deadlineMs }, async (read) => {
        const [row] = await read({ text: 'SELECT pg_backend_pid() AS pid' });
        return row?.['pid'];
      });
    expect(await pid()).toBe(await pid());
  });

  it('sets its session up before the first statement, so that it cannot write, wait or hang', async () => {
    postgres = reader(server);
    const settings = await postgres.visit('maple_toys', { deadlineMs: 2_000 }, (read) =>
      read({
        text: `SELECT name, setting FROM pg_settings WHERE name = ANY($1) ORDER BY name`,
        values: [
          ['application_name', 'default_transaction_read_only', 'lock_timeout', 'statement_timeout', 'TimeZone'],
        ],
      }),
    );
    expect(Object.fromEntries(settings.map((row) => [row['name'], row['setting']]))).toEqual({
      application_name: 'till',
      default_transaction_read_only: 'on',
      lock_timeout: '200',
      statement_timeout: '1800',
      TimeZone: 'UTC',
    });
  });

  it('gives each read the time it asked for, on whatever connection', async () => {
    postgres = reader(server);
    const timeout = async (milliseconds: number) => {
      const [row] = await postgres.query({ text: 'SHOW statement_timeout' }, { deadlineMs: milliseconds });
      return row?.['statement_timeout'];
    };
    expect([await timeout(1_000), await timeout(3_000), await timeout(3_000)]).toEqual(['900ms', '2700ms', '2700ms']);
  });

  it('takes many reads of a visit together, and each has its own answer or failure', async () => {
    postgres = reader(server);
    const answers = await postgres.visit('maple_toys', { deadlineMs: 1_000 }, (read) =>
      Promise.allSettled([
        read({ text: 'SELECT 1 AS n' }),
        read({ text: 'SELECT 1/0' }),
        read({ text: 'SELECT $1::int AS n', values: [3] }),
        read({ text: 'SELECT * FROM nowhere WHERE id = $1', values: [1] }),
        read({ text: 'SELECT pg_sleep(30)' }),
        read({ text: 'SELECT 6 AS n' }),
      ]),
    );
    const codes = answers.map((answer) =>
      answer.status === 'fulfilled' ? answer.value : (answer.reason as { code: string }).code,
    );
    expect(codes).toEqual([[{ n: 1 }], '22012', [{ n: 3 }], '42P01', '57014', [{ n: 6 }]]);
  });

  it('brings values out as they are: exact integers, instants in UTC, dates as text', async () => {
    postgres = reader(server);
    const [row] = await postgres.query(
      {
        text: `SELECT 42::bigint AS small, 7710765604981163646::bigint AS large, timestamp '2026-11-22 01:02:03' AS naive,
          timestamp 'infinity' AS never, date '2026-11-22' AS day, 1.5::float8 AS float, null::bigint AS nothing,
          'Ünïcode ✓' AS text`,
      },
      { deadlineMs },
    );
    expect(row).toEqual({
      small: 42,
      large: '7710765604981163646',
      naive: new Date('2026-11-22T01:02:03Z'),
      never: 'infinity',
      day: '2026-11-22',
      float: 1.5,
      nothing: null,
      text: 'Ünïcode ✓',
    });
  });

  it('is live once it has heard something, and says when that was', async () => {
    postgres = reader(server);
    expect(postgres.state).toEqual({ source: 'postgres/pg-1', phase: 'connecting', lastHeardAt: null, message: null });
    await postgres.query({ text: 'SELECT 1' }, { deadlineMs });
    expect(postgres.state).toMatchObject({ phase: 'live', message: null });
    expect(Date.now() - (postgres.state.lastHeardAt ?? 0)).toBeLessThan(10_000);
    await postgres.close();
    expect(postgres.state.phase).toBe('stopped');
  });

  it('leaves no session behind', async () => {
    postgres = reader(server);
    await postgres.identity();
    await postgres.visit('maple_toys', { deadlineMs }, (read) => read({ text: 'SELECT 1' }));
    await postgres.close();
    const ours = await server.sql('postgres', "SELECT pid FROM pg_stat_activity WHERE usename = 'till_monitor'");
    expect(ours).toEqual([]);
  });
});
