import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { discard } from '#actions/recovery/discard.ts';
import { recover } from '#actions/recovery/recover.ts';
import { scratchName } from '#backups/database-mark.ts';
import type { Manifest } from '#backups/manifest.ts';
import { bringBack } from '#backups/neutralise/bring-back.ts';
import type { Sealing } from '#backups/open-sealed.ts';
import { type PostgresPrograms, postgresPrograms } from '#backups/programs.ts';
import { programsEnv } from '../../backup-programs.ts';
import { aBackup, flip, type Keys, pathOf, sealingKeys } from '../../backups/world.ts';
import { startTestPostgres, type TestPostgres } from '../../servers.ts';
import { databaseFacts, dumpOf, files, makeLogins, makeShop, sumsOf } from './shop.ts';
import { anEstateOn, anOperation } from './world.ts';

let keys: Keys;
let programs: Sealing['programs'];
let postgres: PostgresPrograms;
let server: TestPostgres;
let dump: Buffer;
let facts: Awaited<ReturnType<typeof databaseFacts>>;

beforeAll(async () => {
  ({ keys, programs } = await sealingKeys());
  server = await startTestPostgres();
  const major = Number.parseInt(server.version, 10);
  const env = await programsEnv(major);
  process.env['PATH'] = env['PATH'];
  postgres = await postgresPrograms(major, env);
  await makeLogins(server);
  await makeShop(server, 'maple_toys', 17);
  dump = dumpOf(server, postgres, 'maple_toys');
  facts = await databaseFacts(server, postgres, 'maple_toys');
}, 120_000);
afterAll(() => server?.stop());

async function aWorld(more: Parameters<typeof aBackup>[3] = {}) {
  const made = await anEstateOn(server, keys);
  const { manifest, sha256 } = await aBackup(made.store, keys, programs, {
    at: Date.now(),
    dump,
    files,
    ...facts,
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
});

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
