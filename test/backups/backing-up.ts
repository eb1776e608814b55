import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Catalogue, readCatalogue } from '#backups/catalogue.ts';
import type { Manifest } from '#backups/manifest.ts';
import type { Sealing } from '#backups/open-sealed.ts';
import { type PostgresPrograms, postgresPrograms } from '#backups/programs.ts';
import { readBack } from '#backups/read-back.ts';
import { type BackupRequest, type Hearing, type Made, makeBackup } from '#backups/write/backup.ts';
import type { Operation } from '#systems/operation.ts';
import type { DatabaseLogin } from '#systems/postgres/login.ts';
import { openDatabaseLogin } from '#systems/postgres/login-open.ts';
import type { ObjectStore } from '#systems/storage/store.ts';
import { systemClock } from '#text/clock.ts';
import { programsEnv } from '../backup-programs.ts';
import { startTestPostgres, type TestPostgres } from '../servers.ts';
import { aFolder } from '../systems/storage/world.ts';
import { idAt, type Keys, pathOf, sealingKeys } from './world.ts';

/** A real database, the real programs, and keys: what a backup is made with. */
export interface Works {
  readonly server: TestPostgres;
  readonly keys: Keys;
  readonly programs: Sealing['programs'];
  readonly postgres: PostgresPrograms;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly login: DatabaseLogin;
}

export const database = 'maple_toys';

/** Rows enough that a dump takes many chunks. */
export async function startWorks({ rows = 60_000 } = {}): Promise<Works> {
  const { keys, programs } = await sealingKeys();
  const server = await startTestPostgres();
  const major = Number.parseInt(server.version, 10);
  const env = await programsEnv(major);
  await server.sql('postgres', `CREATE DATABASE ${database}`);
  await server.sql(
    database,
    `CREATE TABLE ir_module_module (id serial PRIMARY KEY, name text, state text, latest_version text);
     INSERT INTO ir_module_module (name, state, latest_version) VALUES ('base', 'installed', '17.0.1.3'), ('sale', 'uninstalled', NULL);
     CREATE TABLE ir_attachment (id serial PRIMARY KEY, store_fname text, file_size int, write_date timestamp);
     CREATE TABLE sale_order (id serial PRIMARY KEY, name text, write_date timestamp);
     INSERT INTO sale_order (name, write_date) SELECT md5(n::text), '2026-11-22 01:02:03' FROM generate_series(1, ${rows}) n`,
  );
  const login = openDatabaseLogin({
    name: 'pg-1',
    server: { host: server.host, port: server.port, user: server.user, tls: 'disable', database: 'postgres' },
    password: async () => server.password,
    address: async () => server,
  });
  return { server, keys, programs, postgres: await postgresPrograms(major, env), env, login };
}

export async function nameFiles({ server }: Works, names: readonly string[]): Promise<void> {
  const values = names.map((name) => `('${name}', 4)`).join(', ');
  await server.sql(
    database,
    `TRUNCATE ir_attachment; INSERT INTO ir_attachment (store_fname, file_size) VALUES ${values}`,
  );
}

/** A filestore as Odoo lays it out. */
export async function aFilestore(files: readonly Buffer[]): Promise<string> {
  const path = await aFolder();
  for (const file of files) {
    await mkdir(join(path, pathOf(file).slice(0, 2)), { recursive: true });
    await writeFile(join(path, pathOf(file)), file);
  }
  return path;
}

export function operationAt(at: number): Operation {
  return { id: idAt(at), action: 'backup' } as unknown as Operation;
}

export const deaf: Hearing = {
  ...{ dumped: () => undefined, newFiles: () => undefined, packed: () => undefined, phase: () => undefined },
};

/** Makes one backup by itself, without the path around it. */
export function make(works: Works, store: ObjectStore, more: Partial<BackupRequest> = {}): Promise<Made> {
  return makeBackup({
    ...{
      operation: operationAt(Date.now()),
      estate: 'nordic',
      tenant: 'maple-toys',
      database,
      login: works.login,
      store,
    },
    sealer: { programs: works.programs, recipients: [works.keys.recipient] },
    ...{ postgres: works.postgres, signing: null, budget: undefined, filestore: null, clock: systemClock },
    ...{ env: works.env, signal: new AbortController().signal, hearing: deaf },
    configuration: async () => ({ json: { objects: [] }, images: {}, notRead: [] }),
    ...more,
  });
}

export function listed(store: ObjectStore): Promise<Catalogue> {
  return readCatalogue({ store, trusted: [], kept: { read: async () => undefined, write: async () => undefined } });
}

/** What is wrong with a backup, read back whole; empty when nothing is. */
export async function flawsOf(works: Works, store: ObjectStore, manifest: Manifest): Promise<readonly string[]> {
  const { keys, programs, postgres } = works;
  const checks = await readBack(manifest, { store, identity: keys.identity, programs, postgres });
  return checks.filter(({ status }) => status === 'failed').map(({ check, message }) => `${check}: ${message}`);
}

/** A program of ours by somebody else's name. */
export async function aScript(lines: string): Promise<string> {
  const path = join(await aFolder(), 'script');
  await writeFile(path, `#!/bin/sh\n${lines}\n`);
  await chmod(path, 0o755);
  return path;
}
