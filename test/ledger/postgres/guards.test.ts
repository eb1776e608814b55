import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { canonical } from '#ledger/canonical.ts';
import { schemaVersion, setupSql } from '#ledger/postgres/setup/script.ts';
import { startProxy } from '../../proxy.ts';
import { all, clockAt, estateId, intent, newId } from '../world.ts';
import { type LedgerDatabase, ledgerAs, newWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await newWorld();
});
afterAll(() => world.stop());

async function as(login: string, { server, database }: LedgerDatabase, ...statements: readonly string[]) {
  const { host, port, user, password } = server;
  const client = new Client({
    host,
    port,
    database,
    user: login === 'root' ? user : login,
    password: login === 'root' ? password : login,
  });
  await client.connect();
  try {
    for (const text of statements) {
      await client.query(text);
    }
    return 'done';
  } catch (error) {
    return (error as Error).message;
  } finally {
    await client.end();
  }
}

const note = { kind: 'ledger', phase: 'read', params: { what: 'x' } } as const;

describe('a writer', () => {
  it.each([
    'SELECT * FROM till_ledger.entry',
    "INSERT INTO till_ledger.locks VALUES ('x', 1, '{}')",
    'UPDATE till_ledger.head SET seq = 1',
    'DELETE FROM till_ledger.grants',
    'TRUNCATE till_ledger.entry',
    "SELECT till_ledger.fold('{}', 1, now(), '{}')",
    'CREATE TABLE till_ledger.x ()',
  ])('cannot %s', async (statement) => {
    const database = await world.newLedger();
    await ledgerAs(database).append(note);
    expect(await as('alice', database, statement)).toMatch(/permission denied/);
  });

  it('cannot put another entry in its way by a table or function of its own', async () => {
    const database = await world.newLedger();
    await as('root', database, 'GRANT CREATE ON SCHEMA public TO alice');
    const shadow = "CREATE FUNCTION pg_temp.sha256(bytea) RETURNS bytea LANGUAGE sql AS $$ SELECT 'x'::bytea $$";
    const entry = canonical({ kind: 'ledger' });
    expect(
      await as(
        'alice',
        database,
        shadow,
        'SET search_path = pg_temp, public',
        `SELECT till_ledger.append('${estateId}', ARRAY['${entry}'], NULL, 'h', NULL)`,
      ),
    ).toMatch(/does not have the fields/);
    await ledgerAs(database).append(note);
    expect(await ledgerAs(database).verify({ chain: true })).toMatchObject({ reason: 'chain-holds' });
  });

  it('appends in READ COMMITTED alone', async () => {
    const database = await world.newLedger();
    await ledgerAs(database).append(note);
    expect(
      await as(
        'alice',
        database,
        'BEGIN ISOLATION LEVEL REPEATABLE READ',
        `SELECT till_ledger.append('${estateId}', '{}', NULL, 'h', NULL)`,
      ),
    ).toMatch(/READ COMMITTED/);
  });
});

describe('a superuser', () => {
  it.each([
    ['a DELETE', ['DELETE FROM till_ledger.entry WHERE seq = 2']],
    ['an UPDATE', ["UPDATE till_ledger.entry SET line = '{}' WHERE seq = 2"]],
    ['a TRUNCATE', ['TRUNCATE till_ledger.entry']],
    ["a DELETE in replicas' role", ['SET session_replication_role = replica', 'DELETE FROM till_ledger.entry']],
  ])('is stopped at %s', async (_what, statements) => {
    const database = await world.newLedger();
    await ledgerAs(database).append(note);
    expect(await as('root', database, ...statements)).toMatch(/only grows/);
    expect(await ledgerAs(database).verify({ chain: true })).toMatchObject({ entries: 2 });
  });

  it('who takes the trigger off is found out by the chain and by the head', async () => {
    const database = await world.newLedger();
    const ledger = ledgerAs(database);
    for (let index = 0; index < 5; index += 1) {
      await ledger.append(note);
    }
    const off = 'ALTER TABLE till_ledger.entry DISABLE TRIGGER ALL';
    await as('root', database, off, 'DELETE FROM till_ledger.entry WHERE seq = 6');
    expect(await ledger.verify({ chain: true })).toMatchObject({ findings: [{ fault: 'head' }] });
    await as('root', database, 'DELETE FROM till_ledger.entry WHERE seq = 3');
    expect((await ledger.verify({ chain: true })).findings.map(({ fault }) => fault)).toContain('gap');
  });
});

describe('what the client says', () => {
  it('of the time is not heard: an hour off on either side changes nothing', async () => {
    const database = await world.newLedger();
    for (const hour of [3_600_000, -3_600_000]) {
      await ledgerAs(database, { clock: clockAt(Date.now() + hour) }).append(note);
    }
    const [, first, second] = (await all(ledgerAs(database).entries())).map(({ at }) => Date.parse(at));
    expect(Math.abs((first ?? 0) - Date.now())).toBeLessThan(60_000);
    expect(second).toBeGreaterThanOrEqual(first ?? Number.NaN);
  });

  it('is cleaned of escape sequences, and refused with a token or a megabyte in it', async () => {
    const ledger = ledgerAs(await world.newLedger());
    const given = (reason: string) =>
      ledger.append(intent({ operation: newId(), reason, target: null, action: 'freeze' }));
    const esc = '\u001b';
    const recorded = await given(`red ${esc}[31mred${esc}]0;title\u0007 done`);
    expect(recorded).toMatchObject({ status: 'appended' });
    expect(JSON.stringify(recorded)).not.toMatch(/\\u001b|\\u0007|0;title/);
    await expect(given(`ghp_${'a'.repeat(36)}`)).rejects.toMatchObject({ reason: 'secret-in-text', exit: 2 });
    await expect(given('x'.repeat(1_000_000))).rejects.toMatchObject({ reason: 'entry-invalid', exit: 2 });
  });

  it('past its own bounds is refused by the server, too', async () => {
    const database = await world.newLedger();
    await ledgerAs(database).append(note);
    const call = (entry: string) => `SELECT till_ledger.append('${estateId}', ARRAY['${entry}'], NULL, 'h', NULL)`;
    expect(await as('alice', database, call(`{"x":"${'y'.repeat(70_000)}"}`))).toMatch(/too large/);
    expect(await as('alice', database, call('{"kind":'))).toMatch(/invalid input syntax for type json/);
    expect(await as('alice', database, call('{"kind":"grant","phase":"steal"}'))).toMatch(/does not have the fields/);
  });
});

describe('an answer that is lost', () => {
  it('is asked for again: the entry is there once, and its place is told', async () => {
    const database = await world.newLedger();
    const link = await startProxy(world.server);
    const ledger = ledgerAs(database, { port: link.port });
    await ledger.append(note);
    const holder = new Client({
      host: world.server.host,
      port: world.server.port,
      user: world.server.user,
      password: world.server.password,
      database: database.database,
    });
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('LOCK TABLE till_ledger.turn IN EXCLUSIVE MODE');
    const appending = ledger.append(note);
    await vi.waitUntil(async () => {
      const [row] = await database.sql(
        "SELECT count(*)::int AS waits FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = 'alice'",
      );
      return row?.['waits'] === 1;
    });
    // The server has it in hand; the answer will find nobody.
    link.cut();
    await holder.query('COMMIT');
    await holder.end();
    const { entry } = await appending;
    const entries = await all(ledgerAs(database).entries());
    expect(entries.filter(({ id }) => id === entry.id).map(({ seq }) => seq)).toEqual([entry.seq]);
    expect(entries).toHaveLength(3);
    await link.close();
  });

  it('is followed from an entry on that was there before anybody looked', async () => {
    const database = await world.newLedger();
    const ledger = ledgerAs(database);
    await ledger.append(note);
    await ledger.append(note);
    const stop = new AbortController();
    const follower = ledger.follow({ fromSeq: 3 }, { signal: stop.signal })[Symbol.asyncIterator]();
    expect((await follower.next()).value).toMatchObject({ seq: 3 });
    await ledgerAs(database, 'bob').append(note);
    expect((await follower.next()).value).toMatchObject({ seq: 4 });
    stop.abort();
  });

  it('is no concern of notifications: a storm of them changes nothing', async () => {
    const database = await world.newLedger();
    const ledger = ledgerAs(database);
    await ledger.append(note);
    const stop = new AbortController();
    const seen: number[] = [];
    const following = (async () => {
      for await (const { seq } of ledger.follow({}, { signal: stop.signal })) {
        seen.push(seq);
      }
    })();
    await vi.waitUntil(async () => {
      await ledgerAs(database, 'bob').append(note);
      await as('alice', database, "SELECT pg_notify('till_ledger', i::text) FROM generate_series(1, 2000) AS i");
      return seen.length > 0;
    });
    stop.abort();
    await following;
    expect(seen).toEqual(seen.map((_, index) => (seen[0] ?? 0) + index));
  });
});

describe('setting up', () => {
  it('again changes nothing, and a newer schema is left alone by an older till', async () => {
    const database = await world.newLedger();
    await ledgerAs(database).append(note);
    await database.sql(setupSql({ from: schemaVersion }));
    expect(await ledgerAs(database).verify({ chain: true })).toMatchObject({ entries: 2 });
    await database.sql('INSERT INTO till_ledger.schema_version (version) VALUES (99)');
    await expect(ledgerAs(database).state()).rejects.toMatchObject({ reason: 'ledger-newer', exit: 4 });
  });

  it('what is missing is said: the schema, the password, the role, the server', async () => {
    const database = await world.newLedger();
    await world.server.sql('postgres', 'CREATE DATABASE bare');
    const bare = { ...database, database: 'bare' };
    await expect(ledgerAs(bare).state()).rejects.toMatchObject({ reason: 'ledger-not-set-up', exit: 7 });
    await expect(ledgerAs(database, { password: 'wrong' }).state()).rejects.toMatchObject({
      reason: 'ledger-password',
      exit: 7,
    });
    await expect(ledgerAs(database, 'olga').append(note)).rejects.toMatchObject({ reason: 'ledger-role', exit: 4 });
    await expect(ledgerAs(database, { port: 1 }).state()).rejects.toMatchObject({
      reason: 'ledger-unreachable',
      exit: 7,
    });
  });
});
