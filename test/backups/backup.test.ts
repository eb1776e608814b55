import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chosenBy } from '#actions/chosen.ts';
import { actionNamed } from '#actions/find-action.ts';
import type { Estate } from '#estate/estate.ts';
import { keysOf } from '../systems/storage/world.ts';
import { anActing } from './acting.ts';
import { aFilestore, database, flawsOf, listed, nameFiles, startWorks, type Works } from './backing-up.ts';
import { pathOf } from './world.ts';

let works: Works;
beforeAll(async () => {
  works = await startWorks();
}, 120_000);
afterAll(() => works?.server.stop());

const files = [Buffer.from('logo'), randomBytes(70_000), Buffer.from('invoice'), randomBytes(3_000_000)];

const aWorld = (fields: Partial<Estate> = {}, more: Parameters<typeof anActing>[2] = {}) =>
  anActing(works, fields, more);

describe('backup', () => {
  it('makes a backup that reads back whole, and says what it holds as it was in one snapshot', async () => {
    await nameFiles(works, files.map(pathOf));
    const { acting, store, newest } = await aWorld({}, { filestore: await aFilestore(files) });
    const outcome = await acting.perform('backup', {}, 'maple-toys');
    expect(outcome).toMatchObject({ status: 'ok', message: expect.stringContaining('3 tables, 4 files, 1 new packs') });
    expect((await listed(store)).leftovers).toEqual([]);
    const { manifest, sha256, signature } = await newest();
    expect(signature).toBe('good');
    expect(manifest).toMatchObject({
      odoo: { series: '17.0', modules: { base: '17.0.1.3' } },
      database: {
        ...{ name: database, server: 'pg-1', tables: 3, indexes: 3, constraints: 3 },
        ...{ serverVersion: works.server.version, encoding: 'UTF8', format: 'custom' },
        counted: [
          { name: 'ir_attachment', rows: 4, maxId: 4, newest: null },
          { name: 'sale_order', rows: 60_000, maxId: 60_000, newest: '2026-11-22T01:02:03.000Z' },
        ],
      },
      filestore: { files: 4, size: files.reduce((sum, { length }) => sum + length, 0), added: 1, missing: [] },
      encryption: { recipients: [works.keys.recipient] },
    });
    expect(await flawsOf(works, store, manifest)).toEqual([]);
    const step = (await acting.entries({ phase: 'step' })).at(-1);
    expect(step?.params).toMatchObject({
      details: { backup: manifest.backup, manifest: sha256, missing: 0, unfit: [] },
    });
  });

  it('plans with what it would read, where it goes and who can read it, and a digest that sizes do not move', async () => {
    const { acting } = await aWorld();
    const first = await acting.plan('backup', {}, 'maple-toys');
    await works.server.sql(database, "INSERT INTO sale_order (name) SELECT 'x' FROM generate_series(1, 100000)");
    const second = await acting.plan('backup', {}, 'maple-toys');
    await works.server.sql(database, "DELETE FROM sale_order WHERE name = 'x'");
    expect(first.plan.digest).toBe(second.plan.digest);
    expect(first.plan).toMatchObject({
      ...{ danger: 'mild', blockers: [] },
      objects: [
        { system: 'postgres', cluster: 'pg-1', name: database, uid: expect.stringMatching(/^\d+$/) },
        { system: 'storage', cluster: 'vault', name: 'maple-toys' },
      ],
    });
    const said = first.plan.warnings.join('\n');
    expect(said).toMatch(/maple_toys takes \S+ MiB on PostgreSQL/);
    expect(said).toContain('the filestore stays out');
    expect(said).toMatch(/with pg_dump \d+\.\d+, zstd \S+, age \S+/);
    expect(first.plan.expectedSeconds).toBeGreaterThan(0);
  });

  it('reads only what is new of a filestore, by the copy of the last index that this host keeps', async () => {
    await nameFiles(works, files.map(pathOf));
    const filestore = await aFilestore(files);
    const { acting, store, newest } = await aWorld({}, { filestore });
    await acting.perform('backup', {}, 'maple-toys');
    const [pack] = (await newest()).manifest.filestore?.packs ?? [];
    const late = Buffer.from('a letter that came later');
    await mkdir(join(filestore, pathOf(late).slice(0, 2)), { recursive: true });
    await writeFile(join(filestore, pathOf(late)), late);
    // What it has already it need not read, so that nothing is found of this.
    await writeFile(join(filestore, pathOf(files[0] as Buffer)), 'not the logo');
    expect((await acting.plan('backup', {}, 'maple-toys')).plan.warnings.join()).toContain('only what is new is read');
    await acting.perform('backup', {}, 'maple-toys');
    const { manifest } = await newest();
    expect(manifest.filestore).toMatchObject({ files: 5, added: 1, missing: [] });
    expect(manifest.filestore?.packs).toContainEqual(pack);
    expect(await flawsOf(works, store, manifest)).toEqual([]);
    await acting.perform('backup', {}, 'maple-toys');
    expect((await newest()).manifest.filestore).toMatchObject({ files: 5, added: 0 });
    expect(await keysOf(store, 'filestore/')).toHaveLength(2);
  });

  it.each([
    ['no login', { postgres: {} }, /names no .*pg-1/],
    ['no store', { stores: {} }, /names no store "vault"/],
    [
      'a store that is not there',
      { stores: { vault: { folder: { path: '/nowhere' } } } },
      /nowhere could not be opened/,
    ],
  ])('is blocked by %s, and says so before anything is read', async (_words, fields, reason) => {
    const { acting } = await aWorld(fields as Partial<Estate>);
    const { plan } = await acting.plan('backup', {}, 'maple-toys');
    expect(plan.blockers.map((blocker) => blocker.reason).join('\n')).toMatch(reason);
  });

  it('is blocked where its programs are not, with what to install', async () => {
    const { acting } = await aWorld();
    (acting.context as { env: object }).env = { ...acting.env, PATH: '/nowhere' };
    const { plan } = await acting.plan('backup', {}, 'maple-toys');
    expect(plan.blockers).toMatchObject([{ by: 'programs', wayOut: expect.stringContaining('apt-get install') }]);
  });

  it('is refused while its database is in trouble, and is still owed then', async () => {
    const { acting } = await aWorld();
    const { troubleOf } = await import('#actions/backup/trouble.ts');
    const { aSignalStatus } = await import('../health/makers.ts');
    const signal = aSignalStatus({
      name: 'replication-lag',
      title: 'Replication lag',
      grade: 'critical',
      message: '4 GiB',
    });
    expect(troubleOf({ signals: [signal, { ...signal, name: 'orders-rate' }] } as never)).toMatchObject([
      { by: 'replication lag of postgres/pg-1', reason: 'the database is in trouble: 4 GiB' },
    ]);
    expect(troubleOf({ signals: [{ ...signal, grade: 'warn' }] } as never)).toEqual([]);
    expect((await acting.plan('backup', {}, 'maple-toys')).plan.blockers).toEqual([]);
  });

  it('is refused while somebody else’s till reads the same database', async () => {
    const { acting } = await aWorld();
    const session = await works.login.forChildren(database, 'till/01JDB0V4Q2T8Z4Y1N7X6C5W3R9');
    const { Client } = (await import('pg')).default;
    const { host, port, user, password } = works.server;
    const other = new Client({ host, port, user, password, database, application_name: session.env['PGAPPNAME'] });
    await other.connect();
    const { plan } = await acting.plan('backup', {}, 'maple-toys');
    await other.end();
    await session.close();
    expect(plan.blockers).toMatchObject([{ by: 'operation 01JDB0V4Q2T8Z4Y1N7X6C5W3R9' }]);
  });

  it('is blocked where the filestore is not there, and ends without a backup where it is an empty disk', async () => {
    await nameFiles(works, files.map(pathOf));
    const filestore = await aFilestore([]);
    const { acting, store } = await aWorld({}, { filestore });
    expect(await acting.perform('backup', {}, 'maple-toys')).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('holds none of the 4 files that the database names: is it mounted?'),
    });
    expect(await keysOf(store)).toEqual([]);
    await rm(filestore, { recursive: true });
    expect((await acting.plan('backup', {}, 'maple-toys')).plan.blockers).toMatchObject([{ by: 'filestore' }]);
  });
});

describe('backup --due', () => {
  const tiers = {
    standard: { approvals: 0, thresholds: {}, backup: { every: 86_400 } },
    free: { approvals: 0, thresholds: {} },
  } as unknown as Estate['tiers'];

  it('chooses who has none or an old one, and nobody whose tier asks for none', async () => {
    const { acting } = await anActing(works, { tiers }, { tenants: ['maple-toys', 'bike-barn', 'sol-garden'] });
    const action = await actionNamed('backup');
    const due = action.parse({ due: true });
    const known = acting.context.tenants.map((tenant) =>
      tenant.name === 'sol-garden' ? { ...tenant, tier: 'free' } : tenant,
    );
    const names = async () => (await chosenBy(action, due, known, acting.context)).map((tenant) => tenant?.name);
    expect(action.choosesAll?.(due)).toBe(true);
    expect(action.choosesAll?.(action.parse({}))).toBe(false);
    expect(await names()).toEqual(['maple-toys', 'bike-barn']);
    await acting.perform('backup', { due: true }, 'maple-toys');
    expect(await names()).toEqual(['bike-barn']);
    await acting.perform('backup', {}, 'bike-barn');
    expect(await names()).toEqual([]);
    expect(await chosenBy(action, action.parse({}), known, acting.context)).toBe(known);
  });

  it('says that the store is away, and never that nobody is owed anything', async () => {
    const { acting } = await anActing(works, { tiers, stores: { vault: { folder: { path: '/nowhere' } } } });
    const action = await actionNamed('backup');
    const asked = chosenBy(action, action.parse({ due: true }), acting.context.tenants, acting.context);
    await expect(asked).rejects.toMatchObject({ exit: 7, message: expect.stringContaining('/nowhere') });
  });

  it('keeps to so many of a server at a time, by the estate', async () => {
    const { acting } = await anActing(works);
    const { action, plan } = await acting.plan('backup', {}, 'maple-toys');
    expect(action.lane?.(plan, acting.context.estate)).toEqual({ name: 'pg-1', atATime: 1 });
  });
});
