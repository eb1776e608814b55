import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PostgresReader } from '#systems/postgres/server.ts';
import { type BadLink, startProxy } from '../../proxy.ts';
import { startTestPostgres, type TestPostgres } from '../../servers.ts';
import { failureOf, prepare, reader } from './world.ts';

let server: TestPostgres;
let link: BadLink;
let postgres: PostgresReader;
const others: PostgresReader[] = [];

const one = { text: 'SELECT 1' };
const long = 20_000;

beforeAll(async () => {
  server = await startTestPostgres();
  await prepare(server);
});
afterEach(async () => {
  await Promise.all([postgres.close(), ...others.splice(0).map((other) => other.close())]);
  await link?.close();
});
afterAll(() => server.stop());

async function behindALink(): Promise<PostgresReader> {
  link = await startProxy(server);
  postgres = reader(link);
  return postgres;
}

function visit(database: string, deadlineMs: number, urgent = false): Promise<unknown> {
  return postgres.visit(database, { deadlineMs, urgent }, (read) => read(one));
}

async function took(promise: Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await promise.catch(() => undefined);
  return performance.now() - startedAt;
}

describe('a server that accepts and never answers', () => {
  it('is given up at the deadline, in words that tell it from one that does not accept', async () => {
    await behindALink();
    link.stall();
    expect(await failureOf(visit('maple_toys', 300))).toEqual({
      reason: 'unreachable',
      message: `pg-1: 127.0.0.1:${link.port} accepted the connection but did not answer within 0.3 s`,
      code: 'ETIMEDOUT',
    });
    expect(postgres.state.phase).toBe('unreachable');
    await expect.poll(() => link.open).toBe(0);
  });

  it('fails everybody who waits at once with the same reason, not each after a deadline of its own', async () => {
    await behindALink();
    link.stall();
    const databases = Array.from({ length: 40 }, (_, index) => `shop_${index}`);
    const startedAt = performance.now();
    const failures = await Promise.all(databases.map((database) => failureOf(visit(database, 400))));
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    expect(new Set(failures.map(({ message }) => message)).size).toBe(1);
    expect(link.accepted).toBeLessThanOrEqual(3);
    expect(await took(visit('late_comer', 400))).toBeLessThan(100);
    expect(link.accepted).toBeLessThanOrEqual(3);
  });

  it('is tried again by an urgent ask, and then read by all as before', async () => {
    await behindALink();
    link.stall();
    await failureOf(visit('maple_toys', 200));
    link.pass();
    await visit('maple_toys', long, true);
    await visit('bike_barn', long);
    expect(postgres.state).toMatchObject({ phase: 'live', message: null });
  });

  it('delays no other server', async () => {
    await behindALink();
    link.stall();
    const stalled = Promise.all(Array.from({ length: 10 }, (_, index) => took(visit(`shop_${index}`, 2_000))));
    const healthy = reader(server, { name: 'pg-2' });
    others.push(healthy);
    const each = await Promise.all(
      Array.from({ length: 10 }, () => took(healthy.visit('maple_toys', { deadlineMs: long }, (read) => read(one)))),
    );
    expect(Math.max(...each)).toBeLessThan(1_500);
    expect(Math.max(...(await stalled))).toBeLessThan(4_000);
  });
});

describe('a server that falls silent', () => {
  it('is noticed on the kept connection, which is dropped; the last word keeps its time', async () => {
    await behindALink();
    await postgres.query(one, { deadlineMs: long });
    const { lastHeardAt } = postgres.state;
    link.stall();
    expect(await failureOf(postgres.query(one, { deadlineMs: 300 }))).toMatchObject({
      reason: 'unreachable',
      message: `pg-1: 127.0.0.1:${link.port} did not answer within 0.3 s`,
    });
    expect(postgres.state).toMatchObject({ phase: 'unreachable', lastHeardAt });
    await expect.poll(() => link.open).toBe(0);
  });

  it('is read again once it answers', async () => {
    await behindALink();
    const before = await postgres.identity();
    link.stall();
    await failureOf(postgres.query(one, { deadlineMs: 200 }));
    link.pass();
    await expect.poll(() => postgres.identity().catch(() => null), { timeout: 10_000 }).toEqual(before);
    expect(postgres.state.phase).toBe('live');
  });

  it('leaves no session behind that waits for us', async () => {
    await behindALink();
    await postgres.query(one, { deadlineMs: long });
    link.stall();
    await failureOf(postgres.query({ text: 'SELECT pg_sleep(30)' }, { deadlineMs: 200 }));
    link.pass();
    await expect
      .poll(
        () =>
          server.sql(
            'postgres',
            "SELECT pid FROM pg_stat_activity WHERE query LIKE '%pg_sleep(30)' AND usename = 'till_monitor'",
          ),
        {
          timeout: 5_000,
        },
      )
      .toEqual([]);
  });
});

describe('a statement that takes too long', () => {
  it('is ended by the server before our own deadline, and the connection survives', async () => {
    postgres = reader(server);
    const seen = await postgres.visit('maple_toys', { deadlineMs: 1_500 }, async (read) => {
      const [before] = await read({ text: 'SELECT pg_backend_pid() AS pid' });
      const failure = await failureOf(read({ text: 'SELECT pg_sleep(30)' }));
      return { failure, before };
    });
    expect(seen.failure).toEqual({
      reason: 'unreachable',
      message: 'pg-1: database maple_toys did not answer within 1.35 s',
      code: '57014',
    });
    const after = await postgres.visit('maple_toys', { deadlineMs: 1_500 }, (read) =>
      read({ text: 'SELECT pg_backend_pid() AS pid' }),
    );
    expect(after).toEqual([seen.before]);
    expect(postgres.state.phase).toBe('live');
  });

  it('waits for a lock no longer than a moment: it must not queue behind a module upgrade', async () => {
    postgres = reader(server);
    await server.sql('maple_toys', 'CREATE TABLE upgraded (id int); GRANT SELECT ON upgraded TO till_monitor');
    const upgrade = server.sql('maple_toys', 'BEGIN; LOCK TABLE upgraded; SELECT pg_sleep(2); COMMIT');
    await expect
      .poll(() => server.sql('maple_toys', "SELECT 1 FROM pg_locks WHERE relation = 'upgraded'::regclass AND granted"))
      .toHaveLength(1);
    const read = postgres.visit('maple_toys', { deadlineMs: 5_000 }, (ask) => ask({ text: 'SELECT * FROM upgraded' }));
    expect(await failureOf(read)).toMatchObject({
      reason: 'unreachable',
      code: '55P03',
      message: 'pg-1: a session in database maple_toys holds a lock that the read waited for longer than 0.2 s',
    });
    await upgrade;
  });

  it('ends the visit when its parts together take too long, and frees the connection for the next', async () => {
    postgres = reader(server);
    const tooMuch = postgres.visit('maple_toys', { deadlineMs: 300 }, async (read) => {
      for (;;) {
        await read({ text: 'SELECT pg_sleep(0.2)' });
      }
    });
    expect(await failureOf(tooMuch)).toMatchObject({ reason: 'unreachable', code: 'ETIMEDOUT' });
    expect(postgres.state.phase).toBe('live');
    await visit('maple_toys', long);
  });

  it('may not be asked anything more once the visit is over', async () => {
    postgres = reader(server);
    const kept = await postgres.visit('maple_toys', { deadlineMs: long }, async (read) => ({ read }));
    expect(await failureOf(kept.read(one))).toMatchObject({ message: 'pg-1: the visit to maple_toys is over' });
  });
});

describe('a connection that is lost', () => {
  it('says so when it happens in the middle of a read', async () => {
    await behindALink();
    const asked = failureOf(
      postgres.visit('maple_toys', { deadlineMs: long }, (read) => read({ text: 'SELECT pg_sleep(10)' })),
    );
    await expect
      .poll(() => server.sql('postgres', "SELECT pid FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(10)'"))
      .toHaveLength(1);
    link.cut();
    expect(await asked).toMatchObject({
      reason: 'unreachable',
      message: `pg-1: 127.0.0.1:${link.port} closed the connection while it was asked`,
    });
    await visit('bike_barn', long);
  });

  it('is told from a session that somebody ended', async () => {
    postgres = reader(server);
    const asked = failureOf(
      postgres.visit('maple_toys', { deadlineMs: long }, (read) => read({ text: 'SELECT pg_sleep(11)' })),
    );
    await expect
      .poll(() =>
        server.sql(
          'postgres',
          "SELECT pg_terminate_backend(pid) AS done FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(11)'",
        ),
      )
      .toEqual([{ done: true }]);
    expect(await asked).toMatchObject({
      reason: 'unreachable',
      code: '57P01',
      message: 'pg-1: database maple_toys: terminating connection due to administrator command',
    });
    await visit('maple_toys', long);
  });

  it('while idle costs the next read nothing but a new connection', async () => {
    await behindALink();
    const connection = () => postgres.query({ text: 'SELECT pg_backend_pid() AS pid' }, { deadlineMs: long });
    const before = await connection();
    link.cut();
    expect(await connection()).not.toEqual(before);
    await server.sql(
      'postgres',
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'till_monitor'",
    );
    await connection();
    expect(postgres.state.phase).toBe('live');
  });

  it('is replaced once, however many reads found it dead', async () => {
    await behindALink();
    const three = () =>
      postgres.visit('maple_toys', { deadlineMs: long }, (read) =>
        Promise.all([1, 2, 3].map(() => read({ text: 'SELECT pg_backend_pid() AS pid' }))),
      );
    await three();
    link.cut();
    const pids = (await three()).map(([row]) => row?.['pid']);
    expect(new Set(pids).size).toBe(1);
    expect(link.accepted).toBe(2);
  });

  it('half: a goodbye from the other side counts', async () => {
    await behindALink();
    await postgres.query(one, { deadlineMs: long });
    link.halfClose();
    await expect.poll(() => link.open).toBe(0);
    await postgres.query(one, { deadlineMs: long });
  });

  it('is broken off before a word was said', async () => {
    await behindALink();
    link.refuse();
    expect(await failureOf(visit('maple_toys', 2_000))).toMatchObject({
      reason: 'unreachable',
      message: `pg-1: 127.0.0.1:${link.port} closed the connection before it answered`,
    });
  });

  it('over a slow link is only slow', async () => {
    await behindALink();
    link.delay(20);
    await visit('maple_toys', long);
  });

  it('when till closes, whatever was under way ends', async () => {
    postgres = reader(server);
    const asked = failureOf(
      postgres.visit('maple_toys', { deadlineMs: long }, (read) => read({ text: 'SELECT pg_sleep(12)' })),
    );
    const waiting = Array.from({ length: 3 }, (_, index) => failureOf(visit(`shop_${index}`, long)));
    await expect
      .poll(() => server.sql('postgres', "SELECT 1 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(12)'"))
      .toHaveLength(1);
    await postgres.close();
    expect(await asked).toMatchObject({ reason: 'unreachable' });
    await Promise.all(waiting);
    expect(await failureOf(visit('maple_toys', long))).toMatchObject({ message: 'pg-1: till has stopped reading' });
  });
});
