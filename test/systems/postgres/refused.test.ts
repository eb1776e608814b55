import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PostgresReader } from '#systems/postgres/server.ts';
import { ReadFailure } from '#systems/source.ts';
import { startTestPostgres, type TestPostgres } from '../../servers.ts';
import { answering, type Fake, pooler, refusing } from './fake.ts';
import { failureOf, password, prepare, reader } from './world.ts';

let server: TestPostgres;
let postgres: PostgresReader;
let fake: Fake | null = null;

const deadlineMs = 5_000;
const one = { text: 'SELECT 1' };

beforeAll(async () => {
  server = await startTestPostgres();
  await prepare(server);
});
afterEach(async () => {
  await postgres.close();
  await fake?.close();
  fake = null;
});
afterAll(() => server.stop());

function visit(database: string): Promise<unknown> {
  return postgres.visit(database, { deadlineMs }, (read) => read(one));
}

describe('a server that does not let us in', () => {
  it('refuses the password, and says nothing of what it was', async () => {
    postgres = reader(server, { password: async () => 'hunter2' });
    expect(await failureOf(postgres.query(one, { deadlineMs }))).toEqual({
      reason: 'forbidden',
      message: 'pg-1: password refused for user till_monitor',
      code: '28P01',
    });
    expect(postgres.state).toMatchObject({ phase: 'unauthenticated', lastHeardAt: null });
  });

  it('leaves no trace of a password in what is thrown, however closely it is looked at', async () => {
    postgres = reader(server, { password: async () => 'hunter2' });
    const failure = await visit('maple_toys').catch((error: unknown) => error);
    expect(failure).toMatchObject({ reason: 'forbidden' });
    expect(inspect(failure, { depth: 12, showHidden: true })).not.toContain('hunter2');
  });

  it('asks for a password where the estate names none', async () => {
    postgres = reader(server, { password: async () => undefined });
    expect(await failureOf(visit('maple_toys'))).toMatchObject({
      reason: 'forbidden',
      message: 'pg-1: a password is asked of user till_monitor, and the estate names none',
    });
  });

  it('does not know the user', async () => {
    postgres = reader(server, { server: { user: 'nobody_at_all' } });
    expect(await failureOf(visit('maple_toys'))).toMatchObject({ reason: 'forbidden', code: '28P01' });
  });

  it('is told the new password once the old one is refused', async () => {
    let current = password;
    const asked: string[] = [];
    postgres = reader(server, {
      password: async () => {
        asked.push(current);
        return current;
      },
    });
    await visit('maple_toys');
    current = 'rotated';
    await server.sql('postgres', `ALTER ROLE till_monitor PASSWORD '${current}'`);
    try {
      await visit('bike_barn');
    } finally {
      await server.sql('postgres', `ALTER ROLE till_monitor PASSWORD '${password}'`);
    }
    expect(asked).toEqual([password, 'rotated']);
  });

  it('cannot be asked without the secret that the estate names: the reason is the secret’s', async () => {
    postgres = reader(server, {
      password: async () => {
        throw new ReadFailure('not-probed', 'the environment variable PGPW is not set');
      },
    });
    expect(await failureOf(visit('maple_toys'))).toEqual({
      reason: 'not-probed',
      message: 'pg-1: the environment variable PGPW is not set',
      code: null,
    });
  });

  it('refuses the connection, or is not to be found', async () => {
    postgres = reader({ host: '127.0.0.1', port: 1 });
    expect(await failureOf(visit('maple_toys'))).toMatchObject({
      reason: 'unreachable',
      message: 'pg-1: 127.0.0.1:1 refused the connection',
    });
    await postgres.close();
    postgres = reader({ host: 'pg.invalid', port: 5432 });
    expect(await failureOf(postgres.visit('maple_toys', { deadlineMs: 20_000 }, (read) => read(one)))).toMatchObject({
      reason: 'unreachable',
      message: expect.stringMatching(/pg\.invalid/),
    });
  });

  it('does not offer TLS where the estate wants it', async () => {
    postgres = reader(server, { server: { tls: 'verify-full' } });
    expect(await failureOf(visit('maple_toys'))).toMatchObject({
      reason: 'unreachable',
      message: `pg-1: 127.0.0.1:${server.port} does not offer TLS`,
    });
  });

  it('is starting up or in recovery', async () => {
    fake = await refusing({ code: '57P03', message: 'the database system is starting up' });
    postgres = reader(fake);
    expect(await failureOf(visit('maple_toys'))).toEqual({
      reason: 'unreachable',
      message: 'pg-1: the database system is starting up',
      code: '57P03',
    });
    expect(postgres.state).toMatchObject({ phase: 'unreachable', message: 'the database system is starting up' });
  });

  it('speaks another protocol', async () => {
    fake = await answering('HTTP/1.1 400 Bad Request\r\n\r\n');
    postgres = reader(fake);
    const failure = await failureOf(postgres.visit('maple_toys', { deadlineMs: 1_000 }, (read) => read(one)));
    expect(failure.reason).toBe('unreachable');
    expect(failure.message).toMatch(/protocol|closed the connection|did not answer/);
  });

  it('says so in its own language: what kind of limit it was is read from what is never translated', async () => {
    fake = await refusing({
      code: '53300',
      message: 'zu viele Verbindungen für Rolle »till_monitor«',
      routine: 'InitializeSessionUserId',
    });
    postgres = reader(fake);
    expect(await failureOf(visit('maple_toys'))).toMatchObject({
      reason: 'not-probed',
      message: 'pg-1: the connection limit of role till_monitor is reached',
    });
  });
});

describe('a database that does not let us in', () => {
  it('does not exist: the others are read all the same', async () => {
    postgres = reader(server);
    expect(await failureOf(visit('sold_off'))).toEqual({
      reason: 'unreachable',
      message: 'pg-1: database sold_off does not exist',
      code: '3D000',
    });
    await visit('maple_toys');
    expect(postgres.state).toMatchObject({ phase: 'live', message: null });
  });

  it('accepts no connections', async () => {
    await server.sql('postgres', 'CREATE DATABASE frozen; ').catch(() => undefined);
    await server.sql('postgres', 'ALTER DATABASE frozen ALLOW_CONNECTIONS false');
    postgres = reader(server);
    expect(await failureOf(visit('frozen'))).toMatchObject({
      reason: 'unreachable',
      message: 'pg-1: database frozen accepts no connections',
    });
    await visit('maple_toys');
  });

  it('is full by its own limit', async () => {
    await server.sql('postgres', 'CREATE DATABASE throttled CONNECTION LIMIT 0');
    postgres = reader(server);
    expect(await failureOf(visit('throttled'))).toMatchObject({
      reason: 'unreachable',
      message: 'pg-1: the connection limit of database throttled is reached',
    });
    await visit('maple_toys');
  });

  it('is not for us', async () => {
    await server.sql('postgres', 'CREATE DATABASE private');
    await server.sql('postgres', 'REVOKE CONNECT ON DATABASE private FROM PUBLIC');
    postgres = reader(server);
    expect(await failureOf(visit('private'))).toEqual({
      reason: 'forbidden',
      message: 'pg-1: user till_monitor may not connect to database private',
      code: '42501',
    });
    await visit('maple_toys');
  });
});

describe('a server without room', () => {
  it('has our role’s own limit reached: that is not the tenant’s trouble', async () => {
    await server.sql('postgres', "CREATE ROLE narrow LOGIN PASSWORD 'x' CONNECTION LIMIT 1");
    postgres = reader(server, { server: { user: 'narrow' }, password: async () => 'x' });
    await postgres.query(one, { deadlineMs });
    expect(await failureOf(visit('maple_toys'))).toEqual({
      reason: 'not-probed',
      message: 'pg-1: the connection limit of role narrow is reached',
      code: '53300',
    });
    await postgres.query(one, { deadlineMs });
    expect(postgres.state).toMatchObject({
      phase: 'live',
      message: 'the connection limit of role narrow is reached',
    });
  });

  it('is full', async () => {
    const small = await startTestPostgres({
      settings: { max_connections: '5', superuser_reserved_connections: '3', max_wal_senders: '0' },
    });
    try {
      await prepare(small);
      const crowd = reader(small);
      await crowd.query(one, { deadlineMs });
      await crowd.visit('bike_barn', { deadlineMs }, async (read) => {
        await read(one);
        postgres = reader(small);
        expect(await failureOf(visit('maple_toys'))).toMatchObject({
          reason: 'unreachable',
          message: 'pg-1: the server is full, no connection slot is free for user till_monitor',
        });
      });
      await crowd.close();
      // The way is free again: an urgent ask does not wait for the pause to end.
      await postgres.visit('maple_toys', { deadlineMs, urgent: true }, (read) => read(one));
    } finally {
      await small.stop();
    }
  });
});

describe('a pooler that takes no settings at the start', () => {
  it('is asked without them, and each read brings its own', async () => {
    fake = await pooler(server);
    postgres = reader(fake);
    const settings = async (milliseconds: number) => {
      const [row] = await postgres.visit('maple_toys', { deadlineMs: milliseconds }, (read) =>
        read({
          text: `SELECT current_setting('statement_timeout') AS timeout, current_setting('transaction_read_only') AS safe,
            current_setting('TimeZone') AS zone, $1::text AS value`,
          values: ['given'],
        }),
      );
      return row;
    };
    expect(await settings(1_000)).toEqual({ timeout: '900ms', safe: 'on', zone: 'UTC', value: 'given' });
    expect(await settings(2_000)).toMatchObject({ timeout: '1800ms' });
    const refused = fake.startups.filter((startup) => startup.includes('statement_timeout'));
    expect(refused.length).toBe(1);
  });

  it('leaves no transaction open, not even after an error', async () => {
    fake = await pooler(server);
    postgres = reader(fake);
    await postgres.visit('maple_toys', { deadlineMs }, async (read) => {
      expect(await failureOf(read({ text: 'SELECT 1/0' }))).toMatchObject({ code: '22012' });
      expect(await read({ text: "SELECT 'on' AS still" })).toEqual([{ still: 'on' }]);
    });
    const open = await server.sql(
      'postgres',
      "SELECT state FROM pg_stat_activity WHERE usename = 'till_monitor' AND xact_start IS NOT NULL",
    );
    expect(open).toEqual([]);
  });
});

describe('a pooler that passes on what the server said, under a code of its own', () => {
  const spoken: readonly (readonly [string, object])[] = [
    [
      'database "sold_off" does not exist',
      { reason: 'unreachable', message: 'pg-1: database sold_off does not exist' },
    ],
    [
      'password authentication failed',
      { reason: 'forbidden', message: 'pg-1: password refused for user till_monitor', code: '28P01' },
    ],
    [
      'query_wait_timeout',
      { reason: 'unreachable', message: expect.stringMatching(/^pg-1: the pooler at .*query_wait_timeout$/) },
    ],
  ];
  it.each(spoken)('%s', async (message, failure) => {
    fake = await refusing({ code: '08P01', message });
    postgres = reader(fake);
    expect(await failureOf(visit('sold_off'))).toMatchObject(failure);
  });
});

describe('a read that is refused', () => {
  it('names the relation that our role may not read', async () => {
    postgres = reader(server);
    const failure = await failureOf(
      postgres.visit('maple_toys', { deadlineMs }, (read) => read({ text: 'SELECT * FROM ir_cron' })),
    );
    expect(failure).toEqual({
      reason: 'forbidden',
      message: 'pg-1: user till_monitor may not read table ir_cron in database maple_toys',
      code: '42501',
    });
  });

  it('is unsupported where the table or the column is not there', async () => {
    postgres = reader(server);
    const read = (text: string) => failureOf(postgres.visit('maple_toys', { deadlineMs }, (ask) => ask({ text })));
    expect(await read('SELECT * FROM queue_job')).toEqual({
      reason: 'unsupported',
      message: 'pg-1: database maple_toys: relation "queue_job" does not exist',
      code: '42P01',
    });
    expect(await read('SELECT nope FROM pos_order')).toMatchObject({ reason: 'unsupported', code: '42703' });
  });

  it('cannot write', async () => {
    postgres = reader(server);
    const failure = await failureOf(
      postgres.visit('maple_toys', { deadlineMs }, (read) => read({ text: 'CREATE TEMPORARY TABLE t (id int)' })),
    );
    expect(failure.code).toBe('25006');
  });

  it('leaves the connection as good as before', async () => {
    postgres = reader(server);
    const pids = await postgres.visit('maple_toys', { deadlineMs }, async (read) => {
      const [before] = await read({ text: 'SELECT pg_backend_pid() AS pid' });
      await failureOf(read({ text: 'SELECT * FROM queue_job' }));
      const [after] = await read({ text: 'SELECT pg_backend_pid() AS pid' });
      return [before?.['pid'], after?.['pid']];
    });
    expect(pids[0]).toBe(pids[1]);
  });

  it('brings no control characters out of a server’s message', async () => {
    fake = await refusing({ code: 'XX000', message: 'broken \u001b[31mred\u001b[0m\nand a second line' });
    postgres = reader(fake);
    expect(await failureOf(visit('maple_toys'))).toMatchObject({ message: 'pg-1: broken red and a second line' });
  });
});
