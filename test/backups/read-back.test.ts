import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packKey } from '#backups/layout.ts';
import type { Manifest } from '#backups/manifest.ts';
import type { Sealing } from '#backups/open-sealed.ts';
import { type PostgresPrograms, postgresPrograms } from '#backups/programs.ts';
import { readBack } from '#backups/read-back.ts';
import type { ObjectStore } from '#systems/storage/store.ts';
import { programsEnv } from '../backup-programs.ts';
import { startTestPostgres, type TestPostgres } from '../servers.ts';
import { aFolderStore, anS3Store, operation } from '../systems/storage/world.ts';
import { aBackup, flip, type Keys, pathOf, sealed, sealingKeys, sha256, tarOf } from './world.ts';

let keys: Keys;
let programs: Sealing['programs'];
let postgres: PostgresPrograms;
let server: TestPostgres;
let dump: Buffer;
const files = [Buffer.from('logo'), randomBytes(70_000), Buffer.from('invoice')];

beforeAll(async () => {
  ({ keys, programs } = await sealingKeys());
  server = await startTestPostgres();
  const major = Number.parseInt(server.version, 10);
  postgres = await postgresPrograms(major, await programsEnv(major));
  await server.sql('postgres', 'CREATE DATABASE maple_toys');
  await server.sql(
    'maple_toys',
    `CREATE TABLE ir_attachment (id serial PRIMARY KEY, name text, store_fname text, checksum text);
     CREATE TABLE sale_order AS SELECT n AS id, md5(n::text) AS name FROM generate_series(1, 20000) n;
     INSERT INTO ir_attachment (name, store_fname) VALUES ('a\tb\nc\\', '${pathOf(files[0] as Buffer)}'), (NULL, '${pathOf(files[1] as Buffer)}'),
       ('x', '${pathOf(files[2] as Buffer)}'), ('cloud', 's3://bucket/file'), ('in the database', NULL)`,
  );
  const { host, port, user, password } = server;
  dump = execFileSync(postgres.pgDump.path, ['-h', host, '-p', String(port), '-U', user, '-Fc', '-Z0', 'maple_toys'], {
    env: { ...process.env, PGPASSWORD: password },
    maxBuffer: 1024 ** 3,
  });
});
afterAll(() => server?.stop());

async function made(more: { readonly files?: readonly Buffer[]; readonly on?: 's3' } = {}) {
  const store: ObjectStore = more.on === 's3' ? (await anS3Store()).store : (await aFolderStore()).store;
  const { manifest } = await aBackup(store, keys, programs, { dump, files: more.files ?? files });
  return { store, manifest };
}

const back = (store: ObjectStore, manifest: Manifest, more: object = {}) =>
  readBack(manifest, { store, identity: keys.identity, programs, postgres, ...more });
const failedOf = (checks: Awaited<ReturnType<typeof readBack>>) => checks.filter(({ status }) => status === 'failed');

describe('reading a backup back', () => {
  it.each(['folder', 's3'] as const)('finds everything right in a %s, and counts what it read', async (on) => {
    const { store, manifest } = await made(on === 's3' ? { on } : {});
    let last = [0, 0];
    const checks = await back(store, manifest, { onProgress: (done: number, of: number) => (last = [done, of]) });
    expect(checks.map(({ check, status }) => [check, status])).toEqual([
      ['database', 'ok'],
      ['configuration', 'ok'],
      ['index', 'ok'],
      ['packs', 'ok'],
      ['attachments', 'ok'],
    ]);
    expect(checks.at(-1)?.message).toContain('3 files of ir_attachment');
    expect(last[0]).toBe(last[1]);
  });

  it.each([
    ['the dump', (manifest: Manifest) => manifest.database.parts[1]?.key, 'database'],
    ['the index', (manifest: Manifest) => manifest.filestore?.index.key, 'index'],
    ['a pack', (manifest: Manifest) => manifest.filestore?.packs[0]?.key, 'pack'],
    ['the configuration', (manifest: Manifest) => manifest.configuration?.key, 'configuration'],
  ])('finds a flipped byte in %s, and names the part', async (_words, keyOf, check) => {
    const { store, manifest } = await made();
    const key = keyOf(manifest) ?? '';
    await flip(store, key);
    const failed = failedOf(await back(store, manifest));
    expect(failed).toMatchObject([{ check, message: `${key}: its bytes are others than the manifest says` }]);
  });

  it('finds an attachment that no file is for, unless it was missing when it was made', async () => {
    const { store, manifest } = await made({ files: files.slice(0, 2) });
    const lost = pathOf(files[2] as Buffer);
    expect(failedOf(await back(store, manifest))).toMatchObject([
      {
        check: 'attachments',
        message: expect.stringContaining(`1 files of ir_attachment are not in the index, such as ${lost}`),
      },
    ]);
    const filestore = manifest.filestore === null ? null : { ...manifest.filestore, missing: [lost] };
    expect(failedOf(await back(store, { ...manifest, filestore }))).toEqual([]);
  });

  it.each([
    ['lacks a file of the index', (all: readonly Buffer[]) => tarOf(all.slice(1)), 'are not in it'],
    [
      'holds other bytes under a file’s name',
      (all: readonly Buffer[]) =>
        tarOf(
          all.map((one, at) => (at === 1 ? randomBytes(70_000) : one)),
          (one) => pathOf(one.length === 70_000 ? (files[1] as Buffer) : one),
        ),
      'are not those of its name',
    ],
    ['ends early', (all: readonly Buffer[]) => tarOf(all).subarray(0, 40_000), 'it ends early'],
    ['is no tar', () => randomBytes(5_000), 'it is no tar'],
  ])('finds a pack that %s, though its own sum is right', async (_words, tar, message) => {
    const { store, manifest } = await made();
    const pack = manifest.filestore?.packs[0];
    const bytes = sealed(tar(files), keys, programs);
    const put = await store.put(operation, pack?.key ?? packKey('maple-toys', '0'.repeat(64)), bytes);
    const filestore = manifest.filestore === null ? null : { ...manifest.filestore, packs: [put] };
    expect(failedOf(await back(store, { ...manifest, filestore }))).toMatchObject([
      { check: 'pack', message: expect.stringContaining(message) },
    ]);
  });

  it('finds a dump that pg_dump did not end, though every sum is right', async () => {
    const { store } = await aFolderStore();
    const cut = dump.subarray(0, Math.floor(dump.length * 0.6));
    const { manifest } = await aBackup(store, keys, programs, { dump: cut, files });
    expect(failedOf(await back(store, manifest))[0]).toMatchObject({
      check: 'database',
      message: expect.stringContaining('pg_restore ended with 1'),
    });
    expect(sha256(cut)).toBe(manifest.database.sha256);
  });

  it('does not say that attachments are right where the dump has none', async () => {
    const { host, port, user, password } = server;
    const args = ['-h', host, '-p', String(port), '-U', user, '-Fc', '-Z0', '-T', 'ir_attachment', 'maple_toys'];
    const other = execFileSync(postgres.pgDump.path, args, {
      env: { ...process.env, PGPASSWORD: password },
      maxBuffer: 1024 ** 3,
    });
    const { store } = await aFolderStore();
    const { manifest } = await aBackup(store, keys, programs, { dump: other, files });
    expect((await back(store, manifest)).at(-1)).toMatchObject({ check: 'attachments', status: 'not-done' });
  });

  it('proves nothing, and says nothing is broken, when the store goes away or it is told to stop', async () => {
    const { store, server: s3 } = await anS3Store();
    const { manifest } = await aBackup(store, keys, programs, { dump, files });
    s3.fault = ({ method, key }) => (method === 'GET' && key.includes('database.0001') ? 503 : undefined);
    await expect(back(store, manifest)).rejects.toMatchObject({ name: 'ReadFailure' });
    s3.fault = () => undefined;
    const stop = new AbortController();
    const reading = back(store, manifest, { signal: stop.signal, onProgress: () => stop.abort(new Error('stopped')) });
    await expect(reading).rejects.toThrow('stopped');
  });
});
