import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { open, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { discard } from '#actions/recovery/discard.ts';
import { recover } from '#actions/recovery/recover.ts';
import { fill, mustHaveRoom } from '#actions/recovery/scratch-file.ts';
import { scratchName } from '#backups/database-mark.ts';
import type { Manifest } from '#backups/manifest.ts';
import { bringBack } from '#backups/neutralise/bring-back.ts';
import { publicKeyOf } from '#backups/signature.ts';
import { aBackup, flip, type Keys, pathOf, sealingKeys } from '../../backups/world.ts';
import { databaseFacts, dumpOf, files, type Shop, startShop, sumsOf } from './shop.ts';
import { anEstateOn, anOperation } from './world.ts';

vi.setConfig({ testTimeout: 90_000 });

let keys: Shop['keys'];
let programs: Shop['programs'];
let postgres: Shop['postgres'];
let server: Shop['server'];
let dump: Buffer;
let facts: Shop['facts'];

beforeAll(async () => {
  ({ keys, programs, postgres, server, dump, facts } = await startShop('maple_toys'));
}, 120_000);
afterAll(() => server?.stop());

interface Given {
  readonly keys?: Keys;
  readonly signers?: readonly string[];
  readonly signing?: KeyObject;
}

const signer = (key: KeyObject) => publicKeyOf(key);

/** A backup that is sealed for the first keys, in an estate that has the others. */
async function aWorld(more: Parameters<typeof aBackup>[3] = {}, own: Keys = keys, signers: readonly string[] = []) {
  const made = await anEstateOn(server, own, {}, signers);
  const { manifest, sha256 } = await aBackup(made.store, keys, programs, {
    ...{ at: Date.now(), dump, files, ...facts },
    ...more,
  });
  return { ...made, manifest, backup: { tenant: 'maple-toys', backup: manifest.backup, sha256 } };
}

async function databases(): Promise<readonly string[]> {
  const rows = await server.sql('postgres', 'SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1');
  return rows.map(({ datname }) => String(datname));
}

describe('a recovery', () => {
  it('makes the database and its files again, checked and harmless, and is discarded whole', async () => {
    const { world, place, backup, filestores } = await aWorld();
    const operation = anOperation();
    const database = scratchName(operation.id);
    const phases: string[] = [];
    const found = await recover(
      { place, backup, database, isDrill: true, onPhase: (phase) => phases.push(phase) },
      operation,
      world,
    );
    expect(found.checks.filter(({ status }) => status !== 'ok')).toEqual([
      { check: 'signature', status: 'not-done', message: 'its manifest is not signed' },
    ]);
    expect(found.checks.map(({ check }) => check)).toEqual([
      ...[
        'signature',
        'archive',
        'restore',
        'catalogue',
        'rows',
        'freshness',
        'money',
        'filestore',
        'modules',
        'neutralised',
      ],
    ]);
    expect(phases).toEqual(['fetch', 'restore', 'filestore', 'neutralise', 'verify']);
    expect(found.ended).toEqual({ jobs: 4, mails: 3 });
    for (const file of files) {
      expect(await readFile(join(filestores, database, pathOf(file)))).toEqual(file);
    }
    expect(await discard(place, database, operation, world)).toEqual({ database: true, folder: true });
    expect(await databases()).toEqual(['maple_toys', 'postgres']);
    expect(await readdir(filestores)).toEqual(['maple_toys']);
  });

  it('equals the original table by table and lets nobody in, and is it wholly when what was neutralised is brought back', async () => {
    const { world, place, backup } = await aWorld();
    const operation = anOperation();
    const before = await sumsOf(server, 'maple_toys');
    await recover({ place, backup, database: 'copy', isDrill: false }, operation, world);
    const copied = await sumsOf(server, 'copy');
    expect(Object.keys(copied)).toEqual(Object.keys(before));
    const differing = Object.keys(before).filter((name) => before[name] !== copied[name]);
    expect(differing).toEqual(
      [
        ...['delivery_carrier', 'fetchmail_server', 'iap_account', 'ir_act_server', 'ir_config_parameter', 'ir_cron'],
        ...[
          'ir_mail_server',
          'mail_mail',
          'payment_provider',
          'pos_payment_method',
          'queue_job',
          'shopify_instance_ept',
        ],
        'website',
      ].map((name) => `public.${name}`),
    );
    await expect(entered('odoo', 'copy')).rejects.toMatchObject({ code: '42501' });
    await expect(entered('till_monitor', 'copy', 'monitor')).rejects.toMatchObject({ code: '42501' });

    const login = await world.login('pg-1', 'restore');
    const session = await login.writing(operation, 'copy');
    expect(await bringBack(session)).toBeGreaterThan(0);
    expect(await bringBack(session)).toBe(0);
    await session.close();
    const back = await sumsOf(server, 'copy');
    const ended = Object.keys(before).filter((name) => before[name] !== back[name]);
    expect(ended).toEqual(['public.mail_mail', 'public.queue_job']);
    await discard(place, 'copy', operation, world);
  });

  it.each([
    ['the dump', (manifest: Manifest) => manifest.database.parts[1]?.key, []],
    ['the index', (manifest: Manifest) => manifest.filestore?.index.key, ['fetch', 'restore']],
    ['a pack', (manifest: Manifest) => manifest.filestore?.packs[0]?.key, ['fetch', 'restore']],
  ])('finds a flipped byte in %s before the database has its name, and leaves nothing', async (_words, keyOf, done) => {
    const { world, place, backup, manifest, store, filestores } = await aWorld();
    const key = keyOf(manifest) ?? '';
    await flip(store, key);
    const phases: string[] = [];
    const asked = { place, backup, database: 'copy', isDrill: false, onPhase: (phase: string) => phases.push(phase) };
    await expect(recover(asked, anOperation(), world)).rejects.toMatchObject({
      ...{ name: 'WriteFailure', certainty: 'refused' },
      message: `${key}: its bytes are others than the manifest says; nothing of it is left`,
    });
    expect(phases).toEqual(done);
    await nothingIsLeft(filestores);
  });

  it.each([
    [
      'a key that it is not sealed for',
      'the identity of the estate does not open it',
      async () => ({ keys: (await sealingKeys()).keys }),
    ],
    [
      'a manifest that nobody signed where the estate names who signs',
      'its manifest is not signed, and the estate names who signs',
      async () => ({ signers: [signer(generateKeyPairSync('ed25519').privateKey)] }),
    ],
    [
      'a signature of somebody else',
      'the signature of its manifest is not one that the estate knows',
      async () => ({
        signers: [signer(generateKeyPairSync('ed25519').privateKey)],
        signing: generateKeyPairSync('ed25519').privateKey,
      }),
    ],
  ])('refuses %s', async (_words, message, given) => {
    const { keys: own = keys, signers = [], signing } = (await given()) as Given;
    const { world, place, backup, filestores } = await aWorld(signing === undefined ? {} : { signing }, own, signers);
    await expect(
      recover({ place, backup, database: 'copy', isDrill: false }, anOperation(), world),
    ).rejects.toMatchObject({
      certainty: 'refused',
      message: expect.stringContaining(message),
    });
    await nothingIsLeft(filestores);
  });

  it('believes a manifest that is signed by who the estate names', async () => {
    const signing = generateKeyPairSync('ed25519').privateKey;
    const { world, place, backup } = await aWorld({ signing }, keys, [signer(signing)]);
    const operation = anOperation();
    const found = await recover({ place, backup, database: 'copy', isDrill: false }, operation, world);
    expect(found.checks[0]).toMatchObject({ check: 'signature', status: 'ok' });
    await discard(place, 'copy', operation, world);
  });

  it.each([
    ['another manifest than was planned', { sha256: '0'.repeat(64) }, {}, 'is another one than was planned'],
    ['a name that is there', {}, { database: 'maple_toys' }, 'has a database maple_toys already'],
  ])('refuses %s', async (_words, other, asked, message) => {
    const { world, place, backup, filestores } = await aWorld();
    const request = { place, backup: { ...backup, ...other }, database: 'copy', isDrill: false, ...asked };
    await expect(recover(request, anOperation(), world)).rejects.toMatchObject({
      moved: true,
      message: expect.stringContaining(message),
    });
    await nothingIsLeft(filestores);
  });

  it.each([
    ['a newer server than the one it would go to', { serverVersion: '99.1' }, 'no older server takes it'],
    [
      'a newer pg_dump than any pg_restore here',
      { dumpVersion: '99.1' },
      'the server is PostgreSQL 99, which no older one can read',
    ],
    ['a locale that the system lacks', { collation: 'xx_XX.UTF-8' }, 'lacks the locale xx_XX.UTF-8'],
  ])('refuses a dump of %s, and leaves nothing', async (_words, database, message) => {
    const { world, place, backup, filestores } = await aWorld({ database: { ...facts.database, ...database } });
    await expect(
      recover({ place, backup, database: 'copy', isDrill: false }, anOperation(), world),
    ).rejects.toMatchObject({
      certainty: 'refused',
      message: expect.stringContaining(message),
    });
    await nothingIsLeft(filestores);
  });
});

describe('a recovery that is disturbed', () => {
  let slow: Buffer;
  beforeAll(async () => {
    await server.sql('postgres', 'CREATE DATABASE slow');
    await server.sql(
      'slow',
      `CREATE FUNCTION public.slowly(n int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.02); RETURN n; END';
       CREATE TABLE rows AS SELECT n FROM generate_series(1, 300) n`,
    );
    await server.sql('slow', 'CREATE INDEX ON rows (slowly(n))');
    slow = dumpOf(server, postgres, 'slow');
    await server.sql('postgres', 'DROP DATABASE slow');
  });

  /** Begun, and well within pg_restore. */
  async function begun() {
    const world = await aWorld({ dump: slow });
    const operation = anOperation();
    const ended = recover({ ...world, database: 'copy', isDrill: false }, operation, world.world);
    ended.catch(() => undefined);
    const indexing = () =>
      server.sql(
        'postgres',
        `SELECT pid FROM pg_stat_activity WHERE datname = '${scratchName(operation.id)}' AND query LIKE 'CREATE INDEX%'`,
      );
    await vi.waitUntil(async () => (await indexing()).length > 0, { timeout: 20_000, interval: 20 });
    const [row] = await indexing();
    return { ...world, ended, pid: Number(row?.['pid']) };
  }

  it('by a kill of pg_restore says so, and leaves nothing', async () => {
    const { ended, filestores } = await begun();
    for (const pid of await childrenNamed('pg_restore')) {
      process.kill(pid, 'SIGKILL');
    }
    await expect(ended).rejects.toMatchObject({
      certainty: 'refused',
      message: expect.stringMatching(/^pg_restore .*nothing of it is left$/),
    });
    await nothingIsLeft(filestores);
  });

  it('by a server that crashes and comes back says so, and leaves nothing', async () => {
    const { ended, filestores, pid } = await begun();
    process.kill(pid, 'SIGKILL');
    await expect(ended).rejects.toMatchObject({
      certainty: 'refused',
      message: expect.stringMatching(/nothing of it is left$/),
    });
    await nothingIsLeft(filestores);
  });

  it('by somebody who stops it says so, and leaves nothing', async () => {
    const { ended, filestores, stop } = await begun();
    stop.abort();
    await expect(ended).rejects.toMatchObject({
      certainty: 'refused',
      message: 'it was stopped; nothing of it is left',
    });
    await nothingIsLeft(filestores);
  });
});

describe('a disk that is full', () => {
  it('is found before anything is read, and in the middle of it', async () => {
    await expect(mustHaveRoom(tmpdir(), 1024 ** 6, 'the dump')).rejects.toMatchObject({
      certainty: 'refused',
      code: 'no-room',
    });
    const { store, manifest } = await aWorld();
    const { parts, dumped: size, sha256 } = manifest.database;
    const full = await open('/dev/full', 'r+');
    const sealing = { store, identity: keys.identity, programs };
    await expect(fill(full, sealing, parts, { size, sha256 })).rejects.toMatchObject({
      ...{ certainty: 'refused', code: 'no-room' },
      message: expect.stringContaining('is full: nothing was restored'),
    });
    await full.close();
  });
});

describe('a dump with extensions', () => {
  it('is restored where anybody may make them, and refused before the database is made where not', async () => {
    const dumped = async (extension: string) => {
      await server.sql('postgres', 'CREATE DATABASE extended');
      await server.sql(
        'extended',
        `CREATE EXTENSION ${extension}; COMMENT ON EXTENSION ${extension} IS 'ours'; CREATE TABLE rows (id int)`,
      );
      const bytes = dumpOf(server, postgres, 'extended');
      const counts = await databaseFacts(server, postgres, 'extended');
      await server.sql('postgres', 'DROP DATABASE extended');
      return aWorld({ dump: bytes, files: [], ...counts });
    };
    const trusted = await dumped('pg_trgm');
    const operation = anOperation();
    const found = await recover({ ...trusted, database: 'copy', isDrill: false }, operation, trusted.world);
    expect(found.checks.filter(({ status }) => status === 'failed')).toEqual([]);
    await discard(trusted.place, 'copy', operation, trusted.world);

    const barred = await dumped('pageinspect');
    await expect(recover({ ...barred, database: 'copy', isDrill: false }, anOperation(), barred.world)).rejects.toThrow(
      'only a superuser may make, and till_restore is none: pageinspect',
    );
    await nothingIsLeft(barred.filestores);
  });
});

/** Of this process, by their name. */
async function childrenNamed(name: string): Promise<readonly number[]> {
  const found: number[] = [];
  for (const pid of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    const [, program, parent] = /^\d+ \((.*)\) \S (\d+)/.exec(stat) ?? [];
    if (program === name && Number(parent) === process.pid) {
      found.push(Number(pid));
    }
  }
  return found;
}

async function nothingIsLeft(filestores: string): Promise<void> {
  expect(await databases()).toEqual(['maple_toys', 'postgres']);
  expect(await readdir(filestores)).toEqual(['maple_toys']);
}

async function entered(user: string, database: string, password = user): Promise<void> {
  const client = new Client({ host: server.host, port: server.port, user, password, database });
  client.on('error', () => undefined);
  await client.connect();
  await client.end();
}
