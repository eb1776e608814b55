import { describe, expect, it } from 'vitest';
import type { PlanWorld } from '#actions/action.ts';
import { withOldestProof } from '#actions/drills/choose-oldest.ts';
import { drillStanding } from '#actions/drills/picture.ts';
import type { DrillRow } from '#actions/drills/rows.ts';
import { licence } from '#actions/licence.ts';
import type { BackupProof } from '#backups/manifest.ts';
import { writeManifest } from '#backups/manifest-file.ts';
import { writeProof } from '#backups/write-proof.ts';
import { FolderStore } from '#systems/storage/folder.ts';
import { aManifest, idAt } from '../../backups/world.ts';
import { aFolder, operation } from '../../systems/storage/world.ts';
import { aTenant } from '../acting.ts';

const now = Date.parse('2026-11-22T06:00:00Z');
const day = 86_400_000;

interface Told {
  readonly level: BackupProof['level'];
  readonly daysAgo: number;
  readonly status?: BackupProof['status'];
}

async function aStore() {
  const store = new FolderStore('vault', await aFolder());
  const world = {
    estate: { backups: { store: 'vault', signers: [] } },
    store: async () => store,
    secret: () => Promise.reject(new Error('none')),
  } as unknown as PlanWorld;
  return {
    choose: (count: number, names: readonly string[]) =>
      withOldestProof(
        count,
        names.map((name) => aTenant(name)),
        world,
      ).then((all) => all.map(({ name }) => name)),
    async backup(tenant: string, proofs: readonly Told[], age = 1) {
      const at = new Date(now - age * day).toISOString();
      const manifest = aManifest({ tenant, snapshotAt: at, backup: idAt(Date.parse(at)) });
      const sha256 = await writeManifest(store, operation, manifest, null);
      for (const { level, daysAgo, status = 'ok' } of proofs) {
        const proven = now - daysAgo * day;
        const drill = licence(idAt(proven), 'drill');
        await writeProof(store, drill, 'drill', {
          ...{ apiVersion: 'till/v1', kind: 'BackupProof', operation: drill.id, manifest: sha256, rto: 1, rpo: 1 },
          ...{ tenant, backup: manifest.backup, at: new Date(proven).toISOString(), seconds: {}, checks: [] },
          ...{ level, status },
        });
      }
    },
  };
}

describe('--oldest-proof', () => {
  it('chooses who was never proven first, then whose last good restore is oldest', async () => {
    const store = await aStore();
    await store.backup('newly', [{ level: 'restored', daysAgo: 1 }]);
    await store.backup('long-ago', [
      { level: 'served', daysAgo: 40 },
      { level: 'restored', daysAgo: 90 },
    ]);
    await store.backup('never', [{ level: 'read back', daysAgo: 1 }]);
    const names = ['newly', 'long-ago', 'never'];
    expect(await store.choose(1, names)).toEqual(['never']);
    expect(await store.choose(2, names)).toEqual(['never', 'long-ago']);
    expect(await store.choose(9, names)).toEqual(['never', 'long-ago', 'newly']);
  });

  it('goes by good proofs alone, and among the unproven by who was tried longest ago', async () => {
    const store = await aStore();
    // Each has another whole backup beside the one that was found broken.
    await store.backup('tried-late', [{ level: 'restored', daysAgo: 1, status: 'failed' }], 3);
    await store.backup('tried-late', []);
    await store.backup('tried-early', [{ level: 'restored', daysAgo: 5, status: 'failed' }], 6);
    await store.backup('tried-early', []);
    await store.backup('proven', [{ level: 'restored', daysAgo: 300 }]);
    expect(await store.choose(3, ['proven', 'tried-late', 'tried-early'])).toEqual([
      'tried-early',
      'tried-late',
      'proven',
    ]);
  });

  it('passes over who has nothing to rehearse, and is an error where nobody has', async () => {
    const store = await aStore();
    await store.backup('has-one', []);
    expect(await store.choose(2, ['has-none', 'has-one'])).toEqual(['has-one']);
    await expect(store.choose(2, ['has-none'])).rejects.toMatchObject({ exit: 2, reason: 'unknown-backup' });
  });
});

describe('how a tenant stands', () => {
  const tenant = { name: 'maple-toys', tier: 'standard' };
  const later = new Date(now + day).toISOString();
  const row = (fields: Partial<DrillRow> = {}): DrillRow => ({
    ...{ operation: idAt(now), tenant: 'maple-toys', kind: 'restore', status: 'ok', backup: null },
    ...{ startedAt: new Date(now - day).toISOString(), rto: 60, rpo: 60, rtoTarget: 120, rpoTarget: 120 },
    ...{ seconds: {}, level: 'restored', checks: [], message: null },
    ...fields,
  });
  const wrong = (rows: readonly DrillRow[], dueAt: string | null = later) =>
    drillStanding(tenant, dueAt, rows, now).wrong;

  it('is as its tier asks while the last drill of each kind was good, in time, and fast enough', () => {
    expect(wrong([row(), row({ status: 'failed' })])).toEqual([]);
    expect(wrong([row({ status: 'running' }), row()])).toEqual([]);
    expect(wrong([row({ rtoTarget: null, rpoTarget: null, rto: null })])).toEqual([]);
  });

  it('is not, where one is owed, failed, is not known, or missed its time or point', () => {
    expect(wrong([], new Date(now).toISOString())).toEqual(['no restore was ever proven']);
    expect(wrong([row()], new Date(now - 1).toISOString())).toEqual([expect.stringContaining('a drill is owed since')]);
    expect(wrong([row({ status: 'failed' }), row()])).toEqual(['the last restore drill failed']);
    expect(wrong([row({ status: 'unknown' })])).toEqual([expect.stringContaining('not known to have ended well')]);
    expect(wrong([row({ rto: 121 })])).toEqual(['the last restore drill missed its RTO: 121s of 120s']);
    expect(wrong([row({ rpo: null })])).toEqual(['the last restore drill measured no RPO']);
    expect(wrong([row(), row({ kind: 'failover', rpo: 300 })])).toEqual([
      'the last failover drill missed its RPO: 300s of 120s',
    ]);
  });
});
