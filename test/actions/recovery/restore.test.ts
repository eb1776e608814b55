import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { readCatalogue } from '#backups/catalogue.ts';
import type { JsonObject } from '#ledger/canonical.ts';
import { aBackup } from '../../backups/world.ts';
import { operation } from '../../systems/storage/world.ts';
import { files, ordersSql, type Shop, startShop, sumsOf } from './shop.ts';
import { anEstateOn } from './world.ts';

vi.setConfig({ testTimeout: 90_000 });

let keys: Shop['keys'];
let programs: Shop['programs'];
let server: Shop['server'];
let dump: Buffer;
let facts: Shop['facts'];

beforeAll(async () => {
  ({ keys, programs, server, dump, facts } = await startShop('seed', (own) =>
    own.sql(
      'seed',
      'GRANT USAGE ON SCHEMA public TO till_monitor; GRANT SELECT (id, state) ON sale_order TO till_monitor; GRANT SELECT ON extra.notes TO PUBLIC; REVOKE EXECUTE ON FUNCTION twice FROM PUBLIC',
    ),
  ));
}, 120_000);
afterAll(() => server?.stop());

beforeEach(async () => {
  await server.sql('postgres', 'CREATE DATABASE maple_toys TEMPLATE seed OWNER odoo');
  await server.sql(
    'postgres',
    `REVOKE ALL ON DATABASE maple_toys FROM PUBLIC; GRANT CONNECT ON DATABASE maple_toys TO till_monitor, till_backup`,
  );
  await server.sql('postgres', `ALTER DATABASE maple_toys SET search_path = "$user", public, extra`);
  await server.sql('postgres', `COMMENT ON DATABASE maple_toys IS 'the shop'`);
});
afterEach(async () => {
  const rows = await server.sql(
    'postgres',
    `SELECT datname FROM pg_database WHERE datname NOT IN ('seed', 'postgres') AND NOT datistemplate`,
  );
  for (const { datname } of rows) {
    await server.sql('postgres', `DROP DATABASE "${datname}" WITH (FORCE)`);
  }
});

async function aWorld(more: Parameters<typeof aBackup>[3] = {}) {
  const made = await anEstateOn(server, keys);
  const at = Date.now();
  const backup = await aBackup(made.store, keys, programs, { at, dump, files, ...facts, ...more });
  return { ...made, ...backup };
}

async function restored(world: Awaited<ReturnType<typeof aWorld>>, into = 'copy') {
  expect(await world.acting.perform('restore', { from: 'latest', into }, 'maple-toys')).toMatchObject({ status: 'ok' });
}

async function entered(user: string, database: string, password = user): Promise<Client> {
  const client = new Client({ host: server.host, port: server.port, user, password, database });
  client.on('error', () => undefined);
  await client.connect();
  onTestFinished(() => client.end().catch(() => undefined));
  return client;
}

describe('restore', () => {
  it('says what would be there and what not, and makes it beside the live one, proven', async () => {
    const world = await aWorld();
    const { acting, store, manifest } = world;
    const before = await sumsOf(server, 'maple_toys');
    const { plan } = await acting.plan('restore', { from: 'latest', into: 'copy' }, 'maple-toys');
    expect(plan).toMatchObject({ danger: 'moderate', blockers: [], undo: { params: { drop: 'copy' } } });
    expect(plan.warnings.join('\n')).toContain('nobody has read this backup back yet');
    const outcome = await acting.perform('restore', { from: 'latest', into: 'copy' }, 'maple-toys');
    expect(outcome).toMatchObject({ status: 'ok' });
    expect(await sumsOf(server, 'maple_toys')).toEqual(before);
    const { backups } = await readCatalogue({
      store,
      trusted: [],
      kept: { read: async () => undefined, write: async () => undefined },
    });
    expect(backups[0]).toMatchObject({
      backup: manifest.backup,
      level: 'restored',
      proofs: [{ rto: expect.any(Number), rpo: expect.any(Number) }],
    });
    const steps = await acting.entries({ phase: 'step' });
    expect(steps.at(-1)?.params).toMatchObject({ details: { manifest: world.sha256, database: 'copy', status: 'ok' } });
  });

  it('swaps one in with the live one’s rights, tells what is lost, keeps the other, and swaps it back', async () => {
    const world = await aWorld();
    const { acting, filestores } = world;
    await restored(world);
    await server.sql('maple_toys', ordersSql(17, 401, 424));
    const live = await sumsOf(server, 'maple_toys');
    const odoo = await entered('odoo', 'maple_toys');
    const { plan } = await acting.plan('restore', { swap: 'copy' }, 'maple-toys');
    expect(plan).toMatchObject({ danger: 'severe', blockers: [] });
    const words = plan.warnings.join('\n');
    expect(plan.losses?.slice(0, -1)).toEqual([
      '24 orders of 9900.00 in all',
      '24 sales at tills of 9900.00 in all',
      '1 till sessions',
      '24 online payments of 9900.00 in all',
      '24 journal entries',
      '24 stock moves',
    ]);
    expect(plan.losses?.at(-1)).toContain('what else was changed since');
    expect(words).toContain('stays cancelled: 4 jobs, 3 mails');
    expect(words).toContain('1 of odoo');
    expect(await acting.perform('restore', { swap: 'copy' }, 'maple-toys')).toMatchObject({ status: 'ok' });

    await expect(odoo.query('SELECT 1')).rejects.toThrow();
    const again = await entered('odoo', 'maple_toys');
    const { rows } = await again.query('SELECT count(*)::int AS n FROM sale_order');
    expect(rows).toEqual([{ n: 400 }]);
    const after = await sumsOf(server, 'maple_toys');
    const seed = await sumsOf(server, 'seed');
    expect(Object.keys(seed).filter((name) => seed[name] !== after[name])).toEqual([
      'public.mail_mail',
      'public.queue_job',
    ]);
    expect(await ownersIn('maple_toys')).toEqual(['odoo']);
    expect(await rightsOf('maple_toys')).toEqual(await rightsOf('seed'));
    expect(await databaseOf('maple_toys')).toEqual({
      ...{ owner: 'odoo', comment: 'the shop', settings: ['search_path="$user", public, extra'] },
      rights: ['odoo=CTc/odoo', 'till_backup=c/odoo', 'till_monitor=c/odoo'],
    });
    const monitor = await entered('till_monitor', 'maple_toys', 'monitor');
    expect((await monitor.query('SELECT count(id)::int AS n FROM sale_order')).rows).toEqual([{ n: 400 }]);
    const kept = plan.undo?.params['swap'] as string;
    // Not even a superuser gets in: Odoo's scheduled actions look into every database that they can enter.
    await expect(entered('odoo', kept)).rejects.toMatchObject({ code: '55000' });
    await expect(sumsOf(server, kept)).rejects.toMatchObject({ code: '55000' });
    expect(await readdir(filestores)).toEqual(['maple_toys']);
    expect(
      (await readdir(join(filestores, 'maple_toys'), { recursive: true })).filter((name) => name.length > 40),
    ).toHaveLength(files.length);

    // New work on the one that is live now is what going back would lose.
    await again.query(ordersSql(17, 500, 501));
    const back = await acting.plan('restore', { swap: kept }, 'maple-toys');
    expect(back.plan.losses?.join('\n')).toContain('2 orders');
    expect(back.plan.changes[0]?.before).toBe(plan.changes[0]?.after);
    expect(await acting.perform('restore', { swap: kept }, 'maple-toys')).toMatchObject({ status: 'ok' });
    expect(await sumsOf(server, 'maple_toys')).toEqual(live);
    expect(await databaseOf('maple_toys')).toMatchObject({ owner: 'odoo', comment: 'the shop' });
  });

  it('drops what was restored, with its files, and nothing that it has not made', async () => {
    const world = await aWorld();
    const { acting, filestores } = world;
    await restored(world);
    expect(await readdir(filestores)).toEqual(['copy', 'maple_toys']);
    expect(await acting.perform('restore', { drop: 'copy' }, 'maple-toys')).toMatchObject({ status: 'ok' });
    expect(await readdir(filestores)).toEqual(['maple_toys']);
    await expect(acting.plan('restore', { drop: 'copy' }, 'maple-toys')).rejects.toMatchObject({
      reason: 'unknown-database',
    });
    await expect(acting.plan('restore', { drop: 'seed' }, 'maple-toys')).rejects.toThrow('seed was not made by till');
    await expect(acting.plan('restore', { drop: 'maple_toys' }, 'maple-toys')).rejects.toThrow('maple_toys is live');
  });

  it('puts the live one’s place back as it was when the exchange cannot be made, and what was restored is harmless again', async () => {
    const world = await aWorld();
    await restored(world);
    const live = await sumsOf(server, 'maple_toys');
    const root = await entered(server.user, 'postgres', server.password);
    // Somebody else changes the database itself: the rename waits for that, and gives up.
    await root.query(`BEGIN; COMMENT ON DATABASE maple_toys IS 'busy'`);
    expect(await world.acting.perform('restore', { swap: 'copy' }, 'maple-toys')).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('lock timeout'),
    });
    await root.query('ROLLBACK');
    expect(await sumsOf(server, 'maple_toys')).toEqual(live);
    await entered('odoo', 'maple_toys');
    await expect(entered('odoo', 'copy')).rejects.toMatchObject({ code: '42501' });
    expect(await server.sql('copy', 'SELECT count(*)::int AS n FROM ir_cron WHERE active')).toEqual([{ n: 0 }]);
    expect(await world.acting.perform('restore', { swap: 'copy' }, 'maple-toys')).toMatchObject({ status: 'ok' });
  });

  it('says why a swap cannot be made, before it is', async () => {
    const world = await aWorld();
    await restored(world);
    const blocked = async () =>
      (await world.acting.plan('restore', { swap: 'copy' }, 'maple-toys')).plan.blockers.map(({ reason }) => reason);
    expect(await blocked()).toEqual([]);
    await server.sql('postgres', 'REVOKE pg_signal_backend FROM till_restore; ALTER ROLE odoo NOCREATEDB');
    await entered(server.user, 'maple_toys', server.password);
    expect(await blocked()).toEqual([
      'till_restore may not end sessions',
      'odoo owns the live database and may not rename it: that takes CREATEDB',
      'a superuser is in maple_toys, whose session only a superuser may end',
    ]);
    await server.sql('postgres', 'GRANT pg_signal_backend TO till_restore');
    // A login that has the owner's rights all the time needs nothing of the owner's own.
    await server.sql('postgres', 'GRANT odoo TO till_restore');
    expect(await blocked()).toEqual(['a superuser is in maple_toys, whose session only a superuser may end']);
    await server.sql('postgres', `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'maple_toys'`);
    expect(await world.acting.perform('restore', { swap: 'copy' }, 'maple-toys')).toMatchObject({ status: 'ok' });
    await server.sql('postgres', 'REVOKE odoo FROM till_restore; ALTER ROLE odoo CREATEDB');
  });

  it('restores a tenant that the estate no longer names in the place of one that it does', async () => {
    const world = await aWorld({ tenant: 'gone-shop' });
    await expect(world.acting.plan('restore', { from: 'latest' }, 'maple-toys')).rejects.toThrow(
      'there is no backup of maple-toys',
    );
    const given = { from: 'latest', of: 'gone-shop', into: 'copy' };
    expect(await world.acting.perform('restore', given, 'maple-toys')).toMatchObject({ status: 'ok' });
    await expect(world.acting.plan('restore', { swap: 'copy' }, 'maple-toys')).rejects.toThrow('copy is of gone-shop');
    expect(await world.acting.perform('restore', { drop: 'copy' }, 'maple-toys')).toMatchObject({ status: 'ok' });
  });

  it('takes the newest backup that is not younger than a time, and says the gap', async () => {
    const world = await aWorld({ at: Date.parse('2026-11-01T00:00:00Z') });
    await aBackup(world.store, keys, programs, { at: Date.parse('2026-11-10T00:00:00Z'), dump, files, ...facts });
    const at = async (time: string) => (await world.acting.plan('restore', { at: time }, 'maple-toys')).plan;
    expect((await at('2026-11-10T01:00:00Z')).warnings.join()).toContain(
      '1h00m are between that and 2026-11-10T01:00:00Z',
    );
    expect((await at('2026-11-09T23:00:00Z')).changes[0]?.after).toBe(`backup ${world.manifest.backup}`);
    await expect(at('2026-10-31T00:00:00Z')).rejects.toThrow('the oldest is of 2026-11-01T00:00:00.000Z');
  });

  it('refuses in its plan what would fail: a name that is there, a part that is gone, a newer server', async () => {
    const world = await aWorld({ database: { ...facts.database, serverVersion: '99.0', dumpVersion: '99.0' } });
    await world.store.remove(operation, world.manifest.database.parts[0]?.key ?? '');
    const { plan } = await world.acting.plan(
      'restore',
      { from: world.manifest.backup, into: 'maple_toys' },
      'maple-toys',
    );
    expect(plan.blockers.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/^1 of its parts are gone or cut/),
      expect.stringMatching(/^it is PostgreSQL \d+, and the dump is of 99: no older server takes it$/),
      'there is a database maple_toys or a folder of its files already',
      expect.stringContaining('the server is PostgreSQL 99'),
    ]);
    // What is not whole is not what `latest` means.
    await expect(world.acting.plan('restore', { from: 'latest' }, 'maple-toys')).rejects.toThrow(
      'none of the 1 backups of maple-toys is whole',
    );
  });
});

async function ownersIn(database: string): Promise<readonly string[]> {
  const rows = await server.sql(
    database,
    `SELECT DISTINCT pg_get_userbyid(relowner) AS owner FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname IN ('public', 'extra')
     UNION SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'extra'
     UNION SELECT pg_get_userbyid(proowner) FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname = 'public'
     UNION SELECT pg_get_userbyid(typowner) FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace WHERE nspname IN ('public', 'extra')`,
  );
  return rows.map(({ owner }) => String(owner));
}

/** Every right that somebody else than the owner has, as text. */
async function rightsOf(database: string): Promise<readonly JsonObject[]> {
  return (await server.sql(
    database,
    `SELECT nspname || '.' || relname AS name, relacl::text AS acl FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname IN ('public', 'extra') AND relacl IS NOT NULL
     UNION ALL SELECT relname || '.' || attname, attacl::text FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid WHERE attacl IS NOT NULL AND relnamespace = 'public'::regnamespace
     UNION ALL SELECT proname, proacl::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proacl IS NOT NULL
     UNION ALL SELECT nspname, coalesce(nspacl, acldefault('n', nspowner))::text FROM pg_namespace WHERE nspname IN ('public', 'extra') ORDER BY 1`,
  )) as readonly JsonObject[];
}

async function databaseOf(name: string) {
  const [row] = await server.sql(
    'postgres',
    `SELECT pg_get_userbyid(datdba) AS owner, shobj_description(oid, 'pg_database') AS comment,
     (SELECT setconfig FROM pg_db_role_setting WHERE setdatabase = d.oid) AS settings,
     ARRAY(SELECT a::text FROM unnest(datacl) a ORDER BY 1) AS rights FROM pg_database d WHERE datname = '${name}'`,
  );
  return row;
}
