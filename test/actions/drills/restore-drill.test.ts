import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drillsPicture } from '#actions/drills/picture.ts';
import type { Drilled } from '#actions/drills/result.ts';
import { scratchName } from '#backups/database-mark.ts';
import type { BackupProof } from '#backups/manifest.ts';
import type { Estate } from '#estate/estate.ts';
import type { LedgerEntry } from '#ledger/entry.ts';
import { systemClock } from '#text/clock.ts';
import { aBackup, flip, idAt, sealingKeys } from '../../backups/world.ts';
import { files, type Shop, startShop } from '../recovery/shop.ts';
import { anEstateOn } from '../recovery/world.ts';

let keys: Shop['keys'];
let programs: Shop['programs'];
let server: Shop['server'];
let dump: Buffer;
let facts: Shop['facts'];

beforeAll(async () => {
  ({ keys, programs, server, dump, facts } = await startShop('maple_toys'));
}, 120_000);
afterAll(() => server?.stop());

const tiers = {
  standard: { rpo: 3_600, rto: 1_800, approvals: 0, thresholds: {}, backup: { every: 3_600, drill: 86_400 } },
};

async function aWorld(more: Parameters<typeof aBackup>[3] = {}, fields: Partial<Estate> = {}) {
  const made = await anEstateOn(server, keys, { tiers: tiers as Estate['tiers'], ...fields });
  const { manifest } = await aBackup(made.store, keys, programs, { at: Date.now(), dump, files, ...facts, ...more });
  return { ...made, manifest };
}

async function scratch(): Promise<readonly string[]> {
  const rows = await server.sql('postgres', "SELECT datname FROM pg_database WHERE datname LIKE 'till\\_%' ORDER BY 1");
  return rows.map(({ datname }) => String(datname));
}

type World = Awaited<ReturnType<typeof aWorld>>;

async function proofs({ folder }: World): Promise<readonly BackupProof[]> {
  const root = join(folder, 'store', 'proofs');
  const names = await readdir(root, { recursive: true }).catch(() => []);
  return Promise.all(
    names
      .filter((name) => name.endsWith('.json'))
      .map(async (name) => JSON.parse(await readFile(join(root, name), 'utf8'))),
  );
}

function drilledOf(entries: readonly LedgerEntry[]): Drilled | undefined {
  return entries.flatMap(({ params }) => (params['details'] as { drill?: Drilled } | undefined)?.drill ?? []).at(-1);
}

function picture({ acting }: World) {
  const { estate, tenants } = acting.context;
  return drillsPicture({ estate, tenants, clock: systemClock, env: acting.env }, tenants);
}

const restore = { kind: 'restore' };

describe('a restore drill', () => {
  it('makes the backup a database again, proves it, and leaves nothing', async () => {
    const world = await aWorld();
    const before = Date.now();
    const outcome = await world.acting.perform('drill', restore, 'maple-toys');
    expect(outcome).toMatchObject({ status: 'ok', message: expect.stringContaining('was restored') });

    expect(await scratch()).toEqual([]);
    expect(await readdir(world.filestores)).toEqual(['maple_toys']);
    const [proof, ...others] = await proofs(world);
    expect(others).toEqual([]);
    expect(proof).toMatchObject({ level: 'restored', status: 'ok', backup: world.manifest.backup });
    const checks = Object.fromEntries((proof?.checks ?? []).map(({ check, status }) => [check, status]));
    expect(checks).toMatchObject({
      ...{ archive: 'ok', restore: 'ok', catalogue: 'ok', rows: 'ok', freshness: 'ok', money: 'ok', filestore: 'ok' },
      ...{ modules: 'ok', neutralised: 'ok', serve: 'not-done', 'clean-up': 'ok' },
    });
    expect(Object.keys(proof?.seconds ?? {}).sort()).toEqual(
      ['fetch', 'restore', 'filestore', 'neutralise', 'verify', 'serve', 'clean-up'].sort(),
    );
    expect(proof?.rto).toBeLessThanOrEqual(Math.ceil((Date.now() - before) / 1000));
  });

  it('measures the recovery point from its own beginning to the newest row, whatever the age of the backup', async () => {
    const world = await aWorld();
    const [newest] = await server.sql(
      'maple_toys',
      `SELECT extract(epoch FROM max(at))::float8 AS at FROM (SELECT max(create_date) AS at FROM sale_order
       UNION ALL SELECT max(create_date) FROM pos_order UNION ALL SELECT max(create_date) FROM account_move
       UNION ALL SELECT max(create_date) FROM stock_move) x`,
    );
    await world.acting.perform('drill', restore, 'maple-toys');
    const drilled = drilledOf(await world.acting.entries());
    const expected = Math.ceil((Date.parse(drilled?.startedAt ?? '') - Number(newest?.['at']) * 1000) / 1000);
    expect(drilled?.rpo).toBeGreaterThan(0);
    expect(Math.abs((drilled?.rpo ?? 0) - expected)).toBeLessThanOrEqual(1);
  });

  it('touches neither the live database nor its files', async () => {
    const world = await aWorld();
    const rows = () =>
      server.sql('maple_toys', 'SELECT count(*)::int AS n, max(write_date)::text AS at FROM ir_attachment');
    const before = await rows();
    const liveFile = join(world.filestores, 'maple_toys', 'own');
    await writeFile(liveFile, 'own');
    await world.acting.perform('drill', restore, 'maple-toys');
    expect(await rows()).toEqual(before);
    expect(await readFile(liveFile, 'utf8')).toBe('own');
  });

  it('fails where the backup is broken, writes that down against it, and leaves nothing', async () => {
    const world = await aWorld();
    await flip(world.store, world.manifest.database.parts[1]?.key ?? '');
    const outcome = await world.acting.perform('drill', restore, 'maple-toys');
    expect(outcome).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('others than the manifest says'),
    });
    expect(await scratch()).toEqual([]);
    expect(await proofs(world)).toMatchObject([{ status: 'failed', rto: null, rpo: null }]);
    const again = world.acting.plan('drill', restore, 'maple-toys');
    await expect(again).rejects.toMatchObject({
      reason: 'unknown-backup',
      message: expect.stringContaining('no whole backup'),
    });
  });

  it('says nothing against the backup when its key is another one', async () => {
    const world = await aWorld();
    const { keys: others } = await sealingKeys();
    await writeFile(join(world.folder, 'identity'), `${others.identity}\n`);
    const outcome = await world.acting.perform('drill', restore, 'maple-toys');
    expect(outcome).toMatchObject({ status: 'failed', message: expect.stringContaining('does not open it') });
    expect(await proofs(world)).toEqual([]);
    const { rows } = await picture(world);
    expect(rows).toMatchObject([{ tenant: 'maple-toys', status: 'failed', level: null, rto: null }]);
  });

  it('rehearses the newest whole one, or the one that was asked for', async () => {
    const world = await aWorld();
    const older = await aBackup(world.store, keys, programs, { at: Date.now() - 7_200_000, dump, files, ...facts });
    const newest = await world.acting.plan('drill', restore, 'maple-toys');
    expect(newest.plan.objects[0]).toMatchObject({ name: world.manifest.backup });
    const asked = await world.acting.plan('drill', { ...restore, from: older.manifest.backup }, 'maple-toys');
    expect(asked.plan.objects[0]).toMatchObject({ name: older.manifest.backup });
    await expect(world.acting.plan('drill', { ...restore, from: 'nope' }, 'maple-toys')).rejects.toMatchObject({
      exit: 2,
    });
  });

  it('clears away what a killed one has left, and nothing of others', async () => {
    const world = await aWorld();
    const { plan, params, action } = await world.acting.plan('drill', restore, 'maple-toys');
    const dead = await world.acting.begin({ plan, params, action });
    const [killed, stranger] = [dead.operation, idAt(Date.now() - 60_000)];
    await world.acting.context.ledger.append({
      ...{ kind: 'operation', phase: 'reconciled', operation: killed },
      outcome: { status: 'indeterminate', message: 'killed', reason: 'process-died' },
    });
    for (const operation of [killed, stranger]) {
      await server.sql('postgres', `CREATE DATABASE "${scratchName(operation)}" OWNER till_restore`);
      const mark = { till: 'scratch', operation, tenant: 'maple-toys', backup: null, at: new Date().toISOString() };
      await server.sql('postgres', `COMMENT ON DATABASE "${scratchName(operation)}" IS '${JSON.stringify(mark)}'`);
      await mkdir(join(world.filestores, scratchName(operation)));
    }
    const planned = await world.acting.plan('drill', restore, 'maple-toys');
    expect(planned.plan.warnings).toEqual(
      expect.arrayContaining([
        expect.stringContaining(`drill ${killed} left database ${scratchName(killed)}, folder ${scratchName(killed)}`),
        expect.stringContaining(`operation ${stranger}, which this ledger does not know, is left alone`),
      ]),
    );
    expect(await world.acting.perform('drill', restore, 'maple-toys')).toMatchObject({ status: 'ok' });
    expect(await scratch()).toEqual([scratchName(stranger)]);
    expect((await readdir(world.filestores)).sort()).toEqual(['maple_toys', scratchName(stranger)].sort());
    await server.sql('postgres', `DROP DATABASE "${scratchName(stranger)}"`);
  });

  it('is not begun where there is no place for it, no key, or a login that may make no databases', async () => {
    const nowhere = await aWorld({}, { postgres: {} });
    expect((await nowhere.acting.plan('drill', restore, 'maple-toys')).plan.blockers).toMatchObject([
      { by: 'estate.yaml', reason: expect.stringContaining('no place') },
    ]);
    const keyless = await aWorld();
    await writeFile(join(keyless.folder, 'identity'), '');
    expect((await keyless.acting.plan('drill', restore, 'maple-toys')).plan.blockers).toMatchObject([
      { by: 'identity' },
    ]);
    await server.sql('postgres', 'ALTER ROLE till_restore NOCREATEDB');
    try {
      const powerless = await aWorld();
      expect((await powerless.acting.plan('drill', restore, 'maple-toys')).plan.blockers).toMatchObject([
        { by: 'postgres.pg-1.restore', wayOut: 'ALTER ROLE till_restore CREATEDB' },
      ]);
    } finally {
      await server.sql('postgres', 'ALTER ROLE till_restore CREATEDB');
    }
  });
});

describe('what drills came to', () => {
  it('is listed newest first against the tier, from the ledger and from the proofs alike', async () => {
    const world = await aWorld();
    expect((await picture(world)).standings).toMatchObject([{ wrong: ['no restore was ever proven'] }]);
    await world.acting.perform('drill', restore, 'maple-toys');
    const told = await picture(world);
    expect(told.rows).toMatchObject([
      { tenant: 'maple-toys', kind: 'restore', status: 'ok', level: 'restored', rtoTarget: 1_800, rpoTarget: 3_600 },
    ]);
    // The proof alone, as when the ledger was pruned.
    const others = { ...world.acting.env, XDG_STATE_HOME: join(world.folder, 'elsewhere') };
    const { estate, tenants } = world.acting.context;
    const proven = await drillsPicture({ estate, tenants, clock: systemClock, env: others }, tenants);
    const { message: _message, startedAt, ...row } = told.rows[0] ?? {};
    const { message: _other, startedAt: near, ...same } = proven.rows[0] ?? {};
    expect(same).toEqual(row);
    expect(Math.abs(Date.parse(near ?? '') - Date.parse(startedAt ?? ''))).toBeLessThan(4_000);
    expect(told.standings).toMatchObject([{ wrong: [] }]);
  });
});
