import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readCatalogue } from '#backups/catalogue.ts';
import { backupFolder, databaseKey, manifestKey, packKey, proofKey } from '#backups/layout.ts';
import type { Sealing } from '#backups/open-sealed.ts';
import type { Estate } from '#estate/estate.ts';
import { FolderStore } from '#systems/storage/folder.ts';
import { actingOn, aTenant } from '../actions/acting.ts';
import { programsEnv } from '../backup-programs.ts';
import { aFolder, keysOf, operation } from '../systems/storage/world.ts';
import { aBackup, idAt, type Keys, sealingKeys } from './world.ts';

let keys: Keys;
let programs: Sealing['programs'];
beforeAll(async () => {
  ({ keys, programs } = await sealingKeys());
  // The worker finds its programs as it would anywhere: on the PATH.
  const { PATH } = await programsEnv(15);
  process.env['PATH'] = PATH;
}, 120_000);

const day = 86_400_000;
const now = Date.now();
const tiers: Estate['tiers'] = {
  standard: {
    ...{ approvals: 0, thresholds: {} },
    backup: { every: 86_400, retain: { last: 2, daily: 0, weekly: 0, monthly: 0, yearly: 0 } },
  },
};

async function aWorld(fields: Partial<Estate> = {}) {
  const folder = await aFolder();
  const path = join(folder, 'store');
  await mkdir(path);
  const identity = join(folder, 'identity');
  await writeFile(identity, `${keys.identity}\n`, { mode: 0o600 });
  const store = new FolderStore('vault', path);
  const acting = await actingOn(
    {
      tiers,
      stores: { vault: { folder: { path } } },
      backups: {
        store: 'vault',
        recipients: [keys.recipient],
        signers: [],
        concurrency: 1,
        programs: [],
        identity: { file: identity },
      },
      ...fields,
    },
    { tenants: [aTenant('maple-toys'), aTenant('bike-barn')] },
  );
  const listed = async () =>
    readCatalogue({ store, trusted: [], kept: { read: async () => undefined, write: async () => undefined } });
  return { acting, store, path, listed };
}

/** One for each of the last days, newest first; each with a file of its own beside the one that all share. */
async function daily(store: FolderStore, count: number, tenant = 'maple-toys') {
  const made = [];
  for (let index = 0; index < count; index += 1) {
    const files = [Buffer.from('shared'), ...(index === count - 1 ? [Buffer.from('only in the oldest')] : [])];
    made.push(await aBackup(store, keys, programs, { tenant, at: now - 3_600_000 - index * day, files, parts: 2 }));
  }
  return made.map(({ manifest }) => manifest);
}

describe('prune', () => {
  it('says what would go and what stays and why, and changes nothing by that', async () => {
    const { acting, store } = await aWorld();
    const made = await daily(store, 4);
    const before = await keysOf(store);
    const { plan } = await acting.plan('prune', {}, 'maple-toys');
    expect(plan.danger).toBe('severe');
    expect(plan.changes.map(({ object }) => object)).toEqual([
      `backup ${made[2]?.backup}`,
      `backup ${made[3]?.backup}`,
      `pack ${made[3]?.filestore?.packs[0]?.key}`,
    ]);
    expect(plan.warnings).toEqual([
      expect.stringMatching(new RegExp(`stays: ${made[0]?.backup} .*last 1 of 2; the newest`)),
      expect.stringMatching(new RegExp(`stays: ${made[1]?.backup} .*last 2 of 2`)),
    ]);
    expect(await keysOf(store)).toEqual(before);
  });

  it('removes what goes, all of it, and nothing of what stays or of another tenant', async () => {
    const { acting, store, listed } = await aWorld();
    const made = await daily(store, 4);
    const others = await daily(store, 3, 'bike-barn');
    expect(await acting.perform('prune', {}, 'maple-toys')).toMatchObject({ status: 'ok' });
    const { backups, leftovers } = await listed();
    expect(backups.map(({ backup }) => backup).toSorted()).toEqual(
      [...made.slice(0, 2), ...others].map(({ backup }) => backup).toSorted(),
    );
    expect(backups.flatMap(({ missing }) => missing)).toEqual([]);
    expect(leftovers).toEqual([]);
    expect(await keysOf(store, `backups/maple-toys/${made[3]?.backup}`)).toEqual([]);
  });

  it('keeps the last proven one, however old', async () => {
    const { acting, store } = await aWorld();
    const made = await daily(store, 5);
    const { backups } = await readCatalogue({
      store,
      trusted: [],
      kept: { read: async () => null, write: async () => undefined },
    });
    const oldest = backups.at(-1);
    const proof = {
      ...{ apiVersion: 'till/v1', kind: 'BackupProof', backup: oldest?.backup, tenant: 'maple-toys', operation: 'x' },
      ...{ level: 'restored', status: 'ok', at: new Date(now).toISOString(), seconds: {}, checks: [], rto: 1, rpo: 1 },
      manifest: oldest?.sha256,
    };
    const key = proofKey('maple-toys', oldest?.backup ?? '', 'restore', idAt(now));
    await store.put(operation, key, Buffer.from(JSON.stringify(proof)));
    const { plan } = await acting.plan('prune', {}, 'maple-toys');
    expect(plan.changes.map(({ object }) => object)).not.toContain(`backup ${made[4]?.backup}`);
    expect(plan.warnings.join('\n')).toContain('the last one proven (restored)');
  });

  it('is blocked while no new backups come', async () => {
    const { acting, store } = await aWorld({
      tiers: {
        standard: {
          approvals: 0,
          thresholds: {},
          backup: { every: 60, retain: { last: 1, daily: 0, weekly: 0, monthly: 0, yearly: 0 } },
        },
      },
    });
    await daily(store, 3);
    const { plan } = await acting.plan('prune', {}, 'maple-toys');
    expect(plan.changes).toEqual([]);
    expect(plan.blockers).toMatchObject([{ by: 'retention', reason: expect.stringContaining('no new ones come') }]);
  });

  it('clears away what unfinished backups left, once it is old enough to be nobody’s', async () => {
    const { acting, store, path, listed } = await aWorld();
    await daily(store, 1);
    const dead = idAt(now - 10 * day);
    const young = idAt(now - 1_000);
    const orphan = packKey('maple-toys', 'c'.repeat(64));
    for (const key of [databaseKey('maple-toys', dead, 0), databaseKey('maple-toys', young, 0), orphan]) {
      await store.put(operation, key, Buffer.from('x'));
    }
    const { utimes } = await import('node:fs/promises');
    const then = new Date(now - 10 * day);
    await utimes(join(path, databaseKey('maple-toys', dead, 0)), then, then);
    await utimes(join(path, orphan), then, then);
    expect(await acting.perform('prune', {}, 'maple-toys')).toMatchObject({ status: 'ok' });
    expect(await keysOf(store, backupFolder('maple-toys', dead))).toEqual([]);
    expect(await store.head(orphan)).toBeNull();
    expect(await store.head(databaseKey('maple-toys', young, 0))).not.toBeNull();
    expect((await listed()).backups).toHaveLength(1);
  });

  it('gives no pack away while a manifest of the tenant can’t be read', async () => {
    const { acting, store } = await aWorld();
    const made = await daily(store, 4);
    await store.put(operation, manifestKey('maple-toys', idAt(now - 5 * day)), Buffer.from('{'));
    expect(await acting.perform('prune', {}, 'maple-toys')).toMatchObject({ status: 'ok' });
    expect(await store.head(made[3]?.filestore?.packs[0]?.key ?? '')).not.toBeNull();
  });

  it('does nothing when the backups are others than were agreed to', async () => {
    const { acting, store } = await aWorld();
    await daily(store, 4);
    const planned = await acting.plan('prune', {}, 'maple-toys');
    await aBackup(store, keys, programs, { at: now - 1_000 });
    const before = await keysOf(store);
    const begun = await acting.begin(planned);
    const outcome = begun.status === 'begun' ? await acting.work(begun.operation) : null;
    expect(outcome?.status).toBe('refused');
    expect(await keysOf(store)).toEqual(before);
  });
});

describe('verify-backup', () => {
  it('records what it found beside the backup, and a broken one as broken', async () => {
    const { acting, store, listed } = await aWorld();
    const [manifest] = await daily(store, 1);
    // The dump is none of PostgreSQL's: everything else of it is right.
    const outcome = await acting.perform('verify-backup', {}, 'maple-toys');
    expect(outcome).toMatchObject({ status: 'failed' });
    const [entry] = (await listed()).backups;
    expect(entry).toMatchObject({ level: 'recorded', failed: { level: 'read back', manifest: entry?.sha256 } });
    expect(entry?.failed?.checks.filter(({ status }) => status === 'ok').map(({ check }) => check)).toEqual([
      'configuration',
      'index',
      'packs',
    ]);
    expect((await acting.entries({ kind: 'operation' })).length).toBeGreaterThan(2);
    expect(await keysOf(store, `proofs/maple-toys/${manifest?.backup}/`)).toHaveLength(1);
  });

  it('refuses where no identity opens backups, and a backup that there is not', async () => {
    const { acting, store } = await aWorld({
      backups: { store: 'vault', recipients: [keys.recipient], signers: [], concurrency: 1, programs: [] },
    });
    await expect(acting.plan('verify-backup', {}, 'maple-toys')).rejects.toThrow('there is no backup of maple-toys');
    await daily(store, 1);
    const { plan } = await acting.plan('verify-backup', {}, 'maple-toys');
    expect(plan.blockers).toMatchObject([{ reason: 'it names no identity that opens backups' }]);
    await expect(acting.plan('verify-backup', { backup: '01J' }, 'maple-toys')).rejects.toThrow('has no backup "01J"');
  });
});
