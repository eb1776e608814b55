import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { envWithPrograms, postgresPrograms } from '#backups/programs.ts';
import { loadEstate } from '#estate/load.ts';
import { monitor } from '#sandbox/roles.ts';
import { type Sandbox, startSandbox } from '#sandbox/sandbox.ts';
import { type Sql, withDatabase } from '#sandbox/sql.ts';
import { tables } from './tables.ts';

let folder: string;
let sandbox: Sandbox;
const progress: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'till-test-'));
  sandbox = await startSandbox({ folder, tenants: 6, seed: 4, tables, progress: (line) => progress.push(line) });
});
afterAll(async () => {
  await sandbox?.close();
  await rm(folder, { recursive: true, force: true });
});

const inTenant = <T>(database: string, work: (sql: Sql) => Promise<T>) => withDatabase(sandbox.odoo, database, work);
const numberIn = async (database: string, sql: string) =>
  Number(Object.values((await inTenant(database, (run) => run(sql)))[0] ?? {})[0]);

describe('a sandbox that has just started', () => {
  it('tells what stands, line by line', () => {
    expect(progress).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^PostgreSQL \d+/),
        expect.stringMatching(/^Redis \d/),
        '6 of 6 databases',
        'the shops are open',
      ]),
    );
  });

  it('writes an estate that till can load, with secrets in files of their own', async () => {
    const estate = await loadEstate(sandbox.estatePath);
    expect(estate.name).toBe('sandbox');
    expect(estate.mode).toBe('READ-WRITE');
    expect(estate.tenants.map(({ name }) => name)).toEqual(['kaffe-te']);
    const text = await readFile(sandbox.estatePath, 'utf8');
    const passwords = ['postgres', 'redis', 'backup', 'restore'].map((name) => `${name}.password`);
    const secrets = [...passwords, 'backups.identity', 'backups.signing.pem'].map((name) => join(folder, name));
    for (const path of [sandbox.estatePath, ...secrets]) {
      expect((await stat(path)).mode & 0o777).toBe(0o600);
    }
    for (const secret of [
      sandbox.superuser.password,
      ...(await Promise.all(secrets.map((path) => readFile(path, 'utf8')))),
    ]) {
      expect(text).not.toContain(secret.trim());
    }
  });

  it('says where backups go, who reads them and where a restore is rehearsed', async () => {
    const { stores, backups, postgres, tiers, tenants, discover } = await loadEstate(sandbox.estatePath);
    expect(stores['vault']).toEqual({ folder: { path: join(folder, 'vault') } });
    expect(backups).toMatchObject({
      store: 'vault',
      recipients: [expect.stringMatching(/^age1/)],
      recovery: { postgres: 'pg-1', user: 'till_restore', filestore: join(folder, 'recovery') },
      programs: [join(folder, 'programs')],
    });
    expect(postgres['pg-1']).toMatchObject({ backup: { user: 'till_backup' }, restore: { user: 'till_restore' } });
    for (const { backup } of Object.values(tiers)) {
      expect(backup?.drill).toBeGreaterThan(0);
      expect(backup?.retain?.daily).toBeGreaterThan(0);
    }
    expect(tenants[0]?.filestore).toEqual({ path: join(folder, 'filestore/kaffe_te') });
    expect(discover[0]?.defaults.filestore).toEqual({ path: join(folder, 'filestore/{tenant_}') });
  });

  it('has a file for every attachment that names one, with the SHA-1 and the size that the row says', async () => {
    for (const { database } of sandbox.tenants) {
      const rows = await inTenant(database, (sql) =>
        sql('SELECT store_fname, checksum, file_size, db_datas IS NOT NULL AS is_inside, type FROM ir_attachment'),
      );
      const filed = rows.filter(({ store_fname }) => store_fname !== null);
      expect(filed.length).toBeGreaterThan(30);
      for (const { store_fname, checksum, file_size } of filed) {
        const bytes = await readFile(join(folder, 'filestore', database, String(store_fname)));
        expect(bytes.length).toBe(file_size);
        expect(createHash('sha1').update(bytes).digest('hex')).toBe(checksum);
        expect(store_fname).toBe(`${String(checksum).slice(0, 2)}/${checksum}`);
      }
      expect(new Set(filed.map(({ store_fname }) => store_fname)).size).toBeLessThan(filed.length);
      expect(rows.filter(({ is_inside }) => is_inside)).toHaveLength(1);
      expect(rows.filter(({ type }) => type === 'url')).toHaveLength(2);
    }
  });

  it('lets the login of backups dump a whole database, and a new database of restores be nobody else’s', async () => {
    const { backups } = await loadEstate(sandbox.estatePath);
    const { host, port } = sandbox.superuser;
    const passwordOf = async (name: string) => (await readFile(join(folder, `${name}.password`), 'utf8')).trim();
    const env = envWithPrograms(process.env, backups?.programs ?? []);
    const [version] = await inTenant('postgres', (sql) => sql('SHOW server_version'));
    const { pgDump } = await postgresPrograms(Number.parseInt(String(version?.['server_version']), 10), env);
    const login = { PGHOST: host, PGPORT: String(port), PGUSER: 'till_backup', PGPASSWORD: await passwordOf('backup') };
    const dump = execFileSync(pgDump.path, ['--schema-only', 'harbour_shoes'], { env: { ...env, ...login } });
    expect(dump.toString()).toContain('CREATE TABLE public.pos_order');
    const restore = { ...sandbox.superuser, user: 'till_restore', password: await passwordOf('restore') };
    await withDatabase(restore, 'postgres', async (sql) => {
      await sql('CREATE DATABASE till_made TEMPLATE template0');
      await sql('REVOKE CONNECT ON DATABASE till_made FROM PUBLIC');
      await expect(inTenant('till_made', (own) => own('SELECT 1'))).rejects.toThrow(/permission denied/);
      await expect(inTenant('postgres', (own) => own('DROP DATABASE till_made'))).rejects.toThrow(/must be owner/);
      await sql('DROP DATABASE till_made');
    });
  });

  it('has a database for each tenant, of 17 or 19, cloned with the same schema', async () => {
    const versions = await Promise.all(
      sandbox.tenants.map(async ({ database }) => {
        const [row] = await inTenant(database, (sql) =>
          sql("SELECT latest_version AS version FROM ir_module_module WHERE name = 'base'"),
        );
        return row?.['version'];
      }),
    );
    expect(versions).toEqual(['17.0.1.3', '17.0.1.3', '17.0.1.3', '17.0.1.3', '17.0.1.3', '19.0.1.3']);
    expect(await numberIn('harbour_shoes', 'SELECT count(*) FROM ir_cron WHERE active')).toBeGreaterThan(20);
    expect(await numberIn('lumen_books', 'SELECT count(*) FROM ir_cron WHERE failure_count = 0')).toBeGreaterThan(20);
  });

  it('has six weeks behind it, so that this hour can be compared with the same hour of earlier weeks', async () => {
    for (const { database, timezone } of sandbox.tenants) {
      const rows = await inTenant(database, (sql) =>
        sql(
          `SELECT week, (SELECT count(*)::int FROM sale_order o WHERE o.date_order >= t - interval '15 min' AND o.date_order < t)
             + (SELECT count(*)::int FROM pos_order o WHERE o.date_order >= t - interval '15 min' AND o.date_order < t) AS orders
           FROM (SELECT week, ((now() AT TIME ZONE $1) - week * interval '7 days') AT TIME ZONE $1 AT TIME ZONE 'utc' AS t
             FROM generate_series(0, 6) week) weeks ORDER BY week`,
          [timezone],
        ),
      );
      const [now = 0, ...earlier] = rows.map(({ orders }) => Number(orders));
      const median = earlier.sort((a, b) => a - b)[2] ?? 0;
      expect(median, database).toBeGreaterThanOrEqual(9);
      expect(now, database).toBeGreaterThan(median * 0.5);
    }
  });

  it('grants the monitor the columns that signals ask for, and no secret', async () => {
    const password = (await readFile(join(folder, 'postgres.password'), 'utf8')).trim();
    const login = { ...sandbox.superuser, user: monitor, password };
    const read = (text: string) => withDatabase(login, 'harbour_shoes', (sql) => sql(text));
    expect(await read('SELECT count(*)::int > 0 AS sold FROM (SELECT date_order FROM pos_order LIMIT 1) o')).toEqual([
      { sold: true },
    ]);
    await expect(read('SELECT password FROM res_users')).rejects.toThrow(/permission denied/);
    await expect(read('SELECT value FROM ir_config_parameter')).rejects.toThrow(/permission denied/);
    await expect(read('DELETE FROM pos_order')).rejects.toThrow(/permission denied|read-only/);
  });

  it('lets the Redis monitor read INFO and nothing that sessions say', async () => {
    const password = (await readFile(join(folder, 'redis.password'), 'utf8')).trim();
    const client = new Redis({ port: sandbox.redis.port, username: monitor, password });
    client.on('error', () => undefined);
    expect(await client.info('memory')).toContain('maxmemory:67108864');
    expect(await client.dbsize()).toBeGreaterThan(500);
    const key = (await client.scan(0))[1][0] ?? '';
    expect(key).toMatch(/^session::[a-z_]+:/);
    await expect(client.get(key)).rejects.toThrow(/NOPERM/);
    client.disconnect();
  });

  it('has a few sessions that look like those of Odoo', async () => {
    await vi.waitFor(async () => {
      const rows = await withDatabase(sandbox.superuser, 'postgres', (sql) =>
        sql("SELECT datname FROM pg_stat_activity WHERE application_name LIKE 'odoo-%'"),
      );
      expect(rows.map(({ datname }) => datname)).toEqual(expect.arrayContaining(['postgres', 'harbour_shoes']));
      expect(rows.length).toBeLessThan(20);
    }, 20_000);
  });

  it('goes on: orders come in as time goes by', async () => {
    const before = await numberIn('harbour_shoes', 'SELECT max(id) FROM sale_order');
    await vi.waitFor(async () => {
      expect(await numberIn('harbour_shoes', 'SELECT max(id) FROM sale_order')).toBeGreaterThan(before);
    }, 120_000);
  }, 130_000);
});

describe('reset', () => {
  it('puts back what the cluster held at first', async () => {
    const web = { kind: 'Deployment', namespace: 'maple-toys', name: 'odoo-web' };
    const replicas = () => (sandbox.kubernetes.get(web)?.spec as { replicas: number } | undefined)?.replicas;
    const before = sandbox.kubernetes.get(web);
    if (before === undefined) {
      throw new Error('there is no odoo-web');
    }
    sandbox.kubernetes.apply({ ...before, spec: { ...(before.spec as object), replicas: 7 } });
    sandbox.kubernetes.remove({ kind: 'Service', namespace: 'maple-toys', name: 'odoo-web' });
    expect(replicas()).toBe(7);
    await sandbox.reset();
    expect(replicas()).toBe(2);
    expect(sandbox.kubernetes.get({ kind: 'Service', namespace: 'maple-toys', name: 'odoo-web' })).toBeDefined();
    expect(sandbox.kubernetes.get(web)?.metadata.uid).toBe(before.metadata.uid);
  });
});

describe('a scenario', () => {
  it('is refused by a name that nobody knows, with the one that was meant', async () => {
    await expect(sandbox.rehearsal.begin('lock-strom', null)).rejects.toMatchObject({
      reason: 'unknown-scenario',
      next: 'did you mean lock-storm?',
    });
    await expect(sandbox.rehearsal.begin('lock-storm', 'nobody')).rejects.toMatchObject({ reason: 'unknown-tenant' });
  });

  it('lock-storm: one idle transaction, fourteen sessions behind it, no orders; and all is made good afterwards', async () => {
    const recent = "SELECT count(*) FROM sale_order WHERE date_order > (now() AT TIME ZONE 'utc') - interval '12 min'";
    const before = await numberIn('harbour_shoes', recent);
    expect(before).toBeGreaterThan(5);

    expect(await sandbox.rehearsal.begin('lock-storm', null)).toBe('harbour-shoes');
    expect(await numberIn('harbour_shoes', recent)).toBe(0);
    await vi.waitFor(async () => {
      const rows = await inTenant('harbour_shoes', (sql) =>
        sql(`SELECT h.state, count(*) FILTER (WHERE cardinality(pg_blocking_pids(w.pid)) > 0)::int AS blocked
             FROM pg_stat_activity h, pg_stat_activity w
             WHERE h.application_name = 'odoo-8812' AND w.datname = 'harbour_shoes' GROUP BY 1`),
      );
      expect(rows).toEqual([{ state: 'idle in transaction', blocked: 14 }]);
    });

    const quantity = 'SELECT sum(quantity) FROM stock_quant WHERE product_id = 7';
    const shelf = await numberIn('harbour_shoes', quantity);
    expect(await sandbox.rehearsal.end('lock-storm', null)).toEqual(['harbour-shoes']);
    await vi.waitFor(async () => {
      expect(await numberIn('harbour_shoes', recent)).toBeGreaterThan(before * 0.6);
    }, 10_000);
    expect(await numberIn('harbour_shoes', quantity)).toBe(shelf);
    const late = "SELECT count(*) FROM pos_order WHERE create_date - date_order > interval '1 min'";
    expect(await numberIn('harbour_shoes', late)).toBe(0);
  });

  it('redis-pressure: memory is full, sessions are evicted and writes refused', async () => {
    const client = new Redis({ port: sandbox.redis.port, password: sandbox.redis.password });
    const info = async (section: string, field: string) =>
      Number(new RegExp(`${field}[:=](?:count=)?(\\d+)`).exec(await client.info(section))?.[1] ?? 0);
    await sandbox.rehearsal.begin('redis-pressure', null);
    await vi.waitFor(async () => {
      expect(await info('stats', 'evicted_keys')).toBeGreaterThan(0);
      expect(await info('errorstats', 'errorstat_OOM')).toBeGreaterThan(0);
      expect((await info('memory', 'used_memory')) / (await info('memory', 'maxmemory'))).toBeGreaterThan(0.8);
    });
    await sandbox.rehearsal.end('redis-pressure', null);
    expect(await info('memory', 'maxmemory')).toBe(64 * 1024 * 1024);
    expect(await client.set('till-test', 'x', 'EX', 1)).toBe('OK');
    client.disconnect();
  });

  it('cron-backlog: what should have run long ago has not, until it is taken back', async () => {
    const overdue =
      "SELECT count(*) FROM ir_cron WHERE active AND nextcall < (now() AT TIME ZONE 'utc') - interval '20 min'";
    expect(await sandbox.rehearsal.begin('cron-backlog', null)).toBe('maple-toys');
    expect(await numberIn('maple_toys', overdue)).toBeGreaterThan(5);
    await sandbox.rehearsal.end('cron-backlog', null);
    await vi.waitFor(async () => expect(await numberIn('maple_toys', overdue)).toBe(0), 25_000);
  });

  it('silent-tills: some have sold nothing for over an hour, until they sell again', async () => {
    const name = await sandbox.rehearsal.begin('silent-tills', null);
    const database = name.replaceAll('-', '_');
    const sold =
      "SELECT count(*) FROM pos_order WHERE config_id = 2 AND date_order > (now() AT TIME ZONE 'utc') - interval '75 min'";
    expect(await numberIn(database, sold)).toBe(0);
    await sandbox.rehearsal.end('silent-tills', null);
    if ((await numberIn(database, "SELECT count(*) FROM pos_session WHERE state = 'opened'")) > 0) {
      await vi.waitFor(async () => expect(await numberIn(database, sold)).toBeGreaterThan(0), 10_000);
    }
  });

  it('payment-stuck: money taken, order not confirmed', async () => {
    const unprocessed = `SELECT count(*) FROM payment_transaction WHERE state = 'done' AND NOT is_post_processed
      AND last_state_change < (now() AT TIME ZONE 'utc') - interval '20 min'`;
    expect(await numberIn('cedar_home', unprocessed)).toBe(0);
    await sandbox.rehearsal.begin('payment-stuck', null);
    expect(await numberIn('cedar_home', unprocessed)).toBeGreaterThan(3);
    await sandbox.rehearsal.end('payment-stuck', null);
    expect(await numberIn('cedar_home', unprocessed)).toBe(0);
  });

  it('crash-loop: no web pod is left that could answer', async () => {
    const host = { headers: { host: 'north-outdoor.sandbox.localhost' } };
    const ask = async () => (await request(`http://127.0.0.1:${sandbox.frontPort}/web/login`, host)).statusCode;
    expect(await ask()).toBe(200);
    await sandbox.rehearsal.begin('crash-loop', null);
    await vi.waitFor(async () => expect(await ask()).toBe(503), 20_000);
    await sandbox.rehearsal.end('crash-loop', null);
    await vi.waitFor(async () => expect(await ask()).toBe(200), 60_000);
  }, 90_000);

  it('bad-release: a new revision rolls out and crashes, and the one before it is there to go back to', async () => {
    const name = await sandbox.rehearsal.begin('bad-release', 'maple-toys');
    expect(name).toBe('maple-toys');
    const pods = () => sandbox.kubernetes.list('Pod', 'maple-toys');
    const restarted = () =>
      pods().filter(
        ({ metadata, status }) =>
          metadata.labels?.['till.dev/release'] === '2.5.0' &&
          (status as { containerStatuses?: { restartCount: number }[] }).containerStatuses?.some(
            ({ restartCount }) => restartCount > 0,
          ),
      );
    await vi.waitFor(() => expect(restarted().length).toBeGreaterThan(0), 60_000);
    const sets = sandbox.kubernetes
      .list('ReplicaSet', 'maple-toys')
      .filter(({ metadata: { name: set } }) => set.startsWith('odoo-web'));
    expect(sets.map(({ metadata }) => metadata.annotations?.['deployment.kubernetes.io/revision']).sort()).toEqual([
      '1',
      '2',
    ]);
    await sandbox.rehearsal.end('bad-release', null);
    await vi.waitFor(() => {
      const web = pods().filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/component'] === 'web');
      expect(web.map(({ metadata }) => metadata.labels?.['till.dev/release'])).toEqual([undefined, undefined]);
    }, 60_000);
  }, 130_000);
});
