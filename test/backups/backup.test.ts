import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCatalogue } from '#backups/catalogue.ts';
import { openBackup } from '#backups/open-backup.ts';
import type { Sealing } from '#backups/open-sealed.ts';
import { type PostgresPrograms, postgresPrograms } from '#backups/programs.ts';
import { readBack } from '#backups/read-back.ts';
import type { Estate } from '#estate/estate.ts';
import { FolderStore } from '#systems/storage/folder.ts';
import { actingOn, aTenant } from '../actions/acting.ts';
import { programsEnv } from '../backup-programs.ts';
import { startTestPostgres, type TestPostgres } from '../servers.ts';
import { aFolder, keysOf } from '../systems/storage/world.ts';
import { type Keys, sealingKeys } from './world.ts';

let keys: Keys;
let programs: Sealing['programs'];
let postgres: PostgresPrograms;
let server: TestPostgres;
let path: string;

beforeAll(async () => {
  ({ keys, programs } = await sealingKeys());
  server = await startTestPostgres();
  const major = Number.parseInt(server.version, 10);
  const env = await programsEnv(major);
  postgres = await postgresPrograms(major, env);
  path = env['PATH'] ?? '';
  await server.sql('postgres', 'CREATE DATABASE maple_toys');
  await server.sql(
    'maple_toys',
    `CREATE TABLE ir_module_module (id serial PRIMARY KEY, name text, state text, latest_version text);
     INSERT INTO ir_module_module (name, state, latest_version) VALUES ('base', 'installed', '17.0.1.3'), ('sale', 'uninstalled', NULL);
     CREATE TABLE ir_attachment (id serial PRIMARY KEY, store_fname text, write_date timestamp);
     CREATE TABLE sale_order (id serial PRIMARY KEY, name text, write_date timestamp);
     INSERT INTO sale_order (name, write_date) SELECT md5(n::text), '2026-11-22 01:02:03' FROM generate_series(1, 30000) n`,
  );
}, 120_000);
afterAll(() => server?.stop());

async function aWorld(fields: Partial<Estate> = {}) {
  const folder = await aFolder();
  const vault = join(folder, 'store');
  await mkdir(vault);
  const secret = async (name: string, text: string) => {
    await writeFile(join(folder, name), `${text}\n`, { mode: 0o600 });
    return { file: join(folder, name) };
  };
  const password = await secret('password', server.password);
  const store = new FolderStore('vault', vault);
  const acting = await actingOn(
    {
      postgres: {
        'pg-1': {
          ...{ host: server.host, port: server.port, user: server.user, password, tls: 'disable' },
          ...{ database: 'postgres', backup: { user: server.user, password } },
        },
      },
      stores: { vault: { folder: { path: vault } } },
      backups: {
        ...{ store: 'vault', recipients: [keys.recipient], signers: [], concurrency: 1, programs: [] },
        identity: await secret('identity', keys.identity),
      },
      ...fields,
    },
    { tenants: [aTenant('maple-toys', { postgres: 'pg-1', database: 'maple_toys' })], env: { PATH: path } },
  );
  const listed = async () =>
    readCatalogue({ store, trusted: [], kept: { read: async () => undefined, write: async () => undefined } });
  return { acting, store, listed };
}

describe('backup', () => {
  it('makes a backup that reads back whole, and says what it holds as it was in one snapshot', async () => {
    const { acting, store, listed } = await aWorld();
    const outcome = await acting.perform('backup', {}, 'maple-toys');
    expect(outcome).toMatchObject({ status: 'ok', message: expect.stringContaining('3 tables') });
    const { backups, leftovers } = await listed();
    expect(leftovers).toEqual([]);
    const [entry] = backups;
    const { manifest } = await openBackup(store, { tenant: 'maple-toys', backup: entry?.backup ?? '' }, []);
    expect(manifest).toMatchObject({
      odoo: { series: '17.0', modules: { base: '17.0.1.3' } },
      database: {
        ...{ name: 'maple_toys', server: 'pg-1', serverVersion: server.version, tables: 3, indexes: 3, constraints: 3 },
        counted: [
          { name: 'ir_attachment', rows: 0, maxId: null, newest: null },
          { name: 'sale_order', rows: 30_000, maxId: 30_000, newest: '2026-11-22T01:02:03.000Z' },
        ],
      },
    });
    const checks = await readBack(manifest, { store, identity: keys.identity, programs, postgres });
    expect(checks.filter(({ status }) => status === 'failed')).toEqual([]);
    expect(checks.find(({ check }) => check === 'database')).toMatchObject({ status: 'ok' });
    const step = (await acting.entries({ kind: 'operation' })).find(
      ({ outcome: end, phase }) => phase === 'step' && end,
    );
    expect(step?.params).toMatchObject({ details: { backup: entry?.backup, manifest: entry?.sha256 } });
    expect(await keysOf(store)).toHaveLength(2);
  });
});
