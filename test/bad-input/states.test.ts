import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { withDatabase } from '#sandbox/sql.ts';
import { newcomer, type Person, tenantOf } from '../journeys/program.ts';
import { startTestRedis } from '../servers.ts';
import { refusing } from '../systems/postgres/fake.ts';
import { bulk, fakeRedis, hello } from '../systems/redis/fake.ts';
import { startWorld, type World } from './world.ts';

let world: World;
let person: Person;

beforeAll(async () => {
  world = await startWorld();
  person = newcomer({ WRONG: 'not-the-password' });
});
afterAll(async () => {
  await world?.close();
  person?.leave();
});

const asSuperuser = (database: string, text: string) =>
  withDatabase(world.sandbox.superuser, database, (sql) => sql(text));

/** Redis reached with this in place of its user and password. */
const redisWith = (lines: string) => (text: string) =>
  text.replace(/( {2}redis-1:\n.*\n.*\n)(?: {4}(?:username|password):.*\n)+/, `$1${lines}`);

describe('a tenant whose database', () => {
  /** An estate with one more tenant, on this database. */
  const withShop = (database: string) =>
    world.estate({
      edit: (text) => `${text}\ntenants:\n  - { name: shop, postgres: pg-1, database: ${database} }\n`,
    });

  it.each([
    ['refuses us', 'refusing', 'forbidden', 'pg-1: user till_monitor may not connect to database refusing'],
    ['is full', 'full', 'unreachable', 'pg-1: the connection limit of database full is reached'],
    ['is not there', 'sold_off', 'unreachable', 'pg-1: database sold_off does not exist'],
    ['is not Odoo’s', 'wiki', 'unsupported', "database wiki is not Odoo's: it has no table ir_module_module"],
  ])('%s is unknown, with the reason, and the others are as before', async (_, database, reason, message) => {
    if (database !== 'sold_off') {
      await asSuperuser('postgres', `CREATE DATABASE "${database}"`);
    }
    await asSuperuser('postgres', database === 'refusing' ? 'REVOKE CONNECT ON DATABASE refusing FROM PUBLIC' : '');
    await asSuperuser('postgres', database === 'full' ? 'ALTER DATABASE "full" CONNECTION LIMIT 0' : '');
    const estate = await withShop(database);
    const list = await person.json('status', '--estate', estate);
    expect(tenantOf(list, 'shop').layers.application).toMatchObject({ grade: 'unknown', reason, message });
    expect(list.items.filter(({ tenant }) => tenant !== 'shop').map(({ grade }) => grade)).toEqual(['ok', 'ok']);
    const { out, code } = await person.run('show', 'shop', '--estate', estate);
    expect(code).toBe(0);
    expect(out).toContain(message);
    expect((await person.run('status', 'shop', '--estate', estate, '--check')).code).toBe(3);
  });

  it('is half installed is critical', async () => {
    await asSuperuser('postgres', 'CREATE DATABASE half');
    await asSuperuser(
      'half',
      `CREATE TABLE ir_module_module (id serial, name text, state text, latest_version text, write_date timestamp);
       INSERT INTO ir_module_module (name, state, write_date) VALUES ('base', 'to install', now() AT TIME ZONE 'utc');
       GRANT SELECT ON ir_module_module TO till_monitor`,
    );
    const list = await person.json('status', 'shop', '--estate', await withShop('half'));
    expect(tenantOf(list, 'shop').layers.application).toMatchObject({
      grade: 'critical',
      signal: 'modules-half-upgraded',
      message: 'half-installed: module base is not installed',
    });
    expect(tenantOf(list, 'shop').layers.business).toBeNull();
  });

  it('shares its server with others in other trouble is not blamed on the server', async () => {
    const estate = await world.estate({
      edit: (text) =>
        `${text}\ntenants:\n${['sold_off', 'given_up'].map((name) => `  - { name: ${name}, postgres: pg-1, database: ${name} }\n`).join('')}`,
    });
    const { err, code } = await person.run('status', '--estate', estate);
    expect({ err, code }).toEqual({ err: '', code: 0 });
  });
});

describe('a PostgreSQL server', () => {
  it('in recovery is unknown in all layers, said once', async () => {
    const server = await refusing({ code: '57P03', message: 'the database system is not yet accepting connections' });
    onTestFinished(() => server.close());
    const { out, err, code } = await person.run('status', '--estate', await world.estate({ at: { postgres: server } }));
    expect(code).toBe(0);
    expect(out).toMatch(
      /^harbour-shoes +critical +\? unreachable +\? unreachable +\? unreachable +pg-1: the database system/m,
    );
    expect(err).toMatch(/^postgres\/pg-1: .*not yet accepting connections \(2 tenants\)\n$/);
  });
});

describe('a Redis', () => {
  const platform = async (at: { host: string; port: number } | null, lines: string) => {
    const estate = await world.estate({ ...(at === null ? {} : { at: { redis: at } }), edit: redisWith(lines) });
    const list = await person.json('status', '--estate', estate);
    return list.items.map(({ layers }) => layers.platform);
  };

  it('that refuses the password leaves the platform unknown, and never tells the password', async () => {
    const estate = await world.estate({
      edit: redisWith('    username: till_monitor\n    password: { env: WRONG }\n'),
    });
    const { out, err } = await person.run('status', '--estate', estate);
    expect(out).toMatch(
      /^harbour-shoes +critical +⊘ forbidden +● ok +● ok +redis-1: password refused for user till_monitor$/m,
    );
    expect(out + err).not.toContain('not-the-password');
  });

  it('whose password is nowhere to be found is unknown, never green', async () => {
    const [one, two] = await platform(null, '    password: { env: NOT_SET }\n');
    expect([one, two]).toMatchObject([
      { grade: 'unknown', message: 'redis-1: the environment variable NOT_SET is not set' },
      { grade: 'unknown' },
    ]);
  });

  it('that loads its data is unreachable, with the time to go', async () => {
    const loading = await fakeRedis((command) =>
      command.startsWith('info')
        ? bulk('# Persistence\r\nloading:1\r\nloading_eta_seconds:42\r\n')
        : command.startsWith('hello')
          ? hello
          : '+OK\r\n',
    );
    onTestFinished(() => loading.close());
    expect((await platform(loading, ''))[0]).toMatchObject({
      grade: 'unknown',
      reason: 'unreachable',
      message: 'redis-1: the server is loading its data from disk, some 42 s to go',
    });
  });

  it('that is a replica without its master is not green', async () => {
    const replica = await startTestRedis({ settings: ['replicaof 127.0.0.1 1'] });
    onTestFinished(() => replica.stop());
    const other = newcomer({ REPLICA: replica.password });
    onTestFinished(() => other.leave());
    const estate = await world.estate({ at: { redis: replica }, edit: redisWith('    password: { env: REPLICA }\n') });
    const list = await other.json('status', '--estate', estate);
    expect(list.items[0]?.layers.platform).toMatchObject({
      grade: expect.stringMatching(/^(warn|critical)$/),
      signal: 'redis-replica-link',
      message: expect.stringContaining('replica has lost master 127.0.0.1'),
    });
  });
});
