import { generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { isUsable, type Kept, readCatalogue } from '#backups/catalogue.ts';
import { databaseKey, manifestKey, packKey, proofKey, signatureKey } from '#backups/layout.ts';
import type { BackupProof } from '#backups/manifest.ts';
import { manifestBytes, writeManifest } from '#backups/manifest-file.ts';
import type { Sealing } from '#backups/open-sealed.ts';
import { publicKeyOf } from '#backups/signature.ts';
import type { ObjectStore } from '#systems/storage/store.ts';
import { aFolderStore, anS3Store, operation } from '../systems/storage/world.ts';
import { aBackup, aManifest, idAt, type Keys, sealingKeys } from './world.ts';

let keys: Keys;
let programs: Sealing['programs'];
beforeAll(async () => {
  ({ keys, programs } = await sealingKeys());
});

function memory(): Kept & { readonly held: Map<string, unknown> } {
  const held = new Map<string, unknown>();
  return {
    held,
    read: async (name) => held.get(name),
    write: async (name, value) => void held.set(name, structuredClone(value)),
  };
}

const catalogueOf = (store: ObjectStore, more: Partial<Parameters<typeof readCatalogue>[0]> = {}) =>
  readCatalogue({ store, kept: memory(), trusted: [], ...more });

function aProof(
  of: { readonly tenant: string; readonly backup: string },
  manifest: string,
  more: Partial<BackupProof>,
) {
  return Buffer.from(
    JSON.stringify({
      ...{ apiVersion: 'till/v1', kind: 'BackupProof', ...of, operation: of.backup, level: 'read back', status: 'ok' },
      ...{ at: '2026-11-22T02:00:00.000Z', seconds: {}, checks: [], rto: null, rpo: null, manifest, ...more },
    }),
  );
}

const hour = 3_600_000;
const start = Date.parse('2026-11-20T01:00:00Z');

describe('the catalogue of a store', () => {
  it('lists what has a manifest, newest first, with everything that it needs', async () => {
    const { store } = await anS3Store();
    const older = await aBackup(store, keys, programs, { at: start, files: [Buffer.from('one')] });
    const newer = await aBackup(store, keys, programs, { at: start + hour, tenant: 'bike-barn' });
    const { backups, leftovers } = await catalogueOf(store);
    expect(backups.map(({ backup }) => backup)).toEqual([newer.manifest.backup, older.manifest.backup]);
    expect(backups[1]).toMatchObject({
      ...{ tenant: 'maple-toys', level: 'recorded', signature: 'unsigned', missing: [], failed: null },
      sha256: older.sha256,
    });
    expect(backups.every(isUsable)).toBe(true);
    expect(leftovers).toEqual([]);
    expect((await catalogueOf(store, { tenants: ['bike-barn'] })).backups).toHaveLength(1);
  });

  it('never lists what has no manifest, and names it as left over', async () => {
    const { store } = await aFolderStore();
    const backup = idAt(start);
    await store.put(operation, databaseKey('maple-toys', backup, 0), Buffer.alloc(100));
    await store.put(operation, databaseKey('maple-toys', backup, 1), Buffer.alloc(50));
    await store.put(operation, 'backups/Not A Tenant/x/y', Buffer.from('?'));
    await store.put(operation, packKey('maple-toys', 'a'.repeat(64)), Buffer.alloc(7));
    const { backups, leftovers } = await catalogueOf(store);
    expect(backups).toEqual([]);
    expect(leftovers.map(({ kind, tenant, objects, size }) => ({ kind, tenant, objects, size }))).toEqual([
      { kind: 'stranger', tenant: null, objects: 1, size: 1 },
      { kind: 'no manifest', tenant: 'maple-toys', objects: 2, size: 150 },
      { kind: 'orphan pack', tenant: 'maple-toys', objects: 1, size: 7 },
    ]);
  });

  it('says which parts are gone or cut, and points nobody to such a backup', async () => {
    const { store } = await anS3Store();
    const { manifest } = await aBackup(store, keys, programs, { files: [Buffer.from('one')] });
    const pack = manifest.filestore?.packs[0]?.key ?? '';
    const part = manifest.database.parts[1]?.key ?? '';
    await store.remove(operation, pack);
    await store.put(operation, part, Buffer.from('short'));
    const [entry] = (await catalogueOf(store)).backups;
    expect(entry?.missing.toSorted()).toEqual([part, pack].sort());
    expect(entry === undefined ? null : isUsable(entry)).toBe(false);
  });

  it('takes the highest level that was proven of this very manifest, and remembers the last failure', async () => {
    const { store } = await anS3Store();
    const { manifest, sha256 } = await aBackup(store, keys, programs);
    const of = { tenant: 'maple-toys', backup: manifest.backup };
    const put = (at: number, more: Partial<BackupProof>, digest = sha256) =>
      store.put(
        operation,
        proofKey(of.tenant, of.backup, 'verify', idAt(at)),
        aProof(of, digest, { at: new Date(at).toISOString(), ...more }),
      );
    await put(start, { level: 'restored' });
    await put(start + 1, { level: 'served' }, 'f'.repeat(64));
    expect((await catalogueOf(store)).backups[0]).toMatchObject({ level: 'restored', failed: null });
    await put(start + 2, { level: 'read back', status: 'failed' });
    const [entry] = (await catalogueOf(store)).backups;
    expect(entry).toMatchObject({ level: 'restored', failed: { level: 'read back' } });
    expect(entry === undefined ? null : isUsable(entry)).toBe(false);
  });

  it('says whose signature it carries: good, wrong, unsigned, or not to be told', async () => {
    const { store } = await aFolderStore();
    const ours = generateKeyPairSync('ed25519').privateKey;
    const theirs = generateKeyPairSync('ed25519').privateKey;
    const trusted = [publicKeyOf(ours)];
    const state = async (of: readonly string[]) => (await catalogueOf(store, { trusted: of })).backups[0]?.signature;
    const manifest = aManifest();
    await writeManifest(store, operation, manifest, null);
    expect(await state(trusted)).toBe('unsigned');
    await store.remove(operation, manifestKey(manifest.tenant, manifest.backup));
    await writeManifest(store, operation, manifest, ours);
    expect(await state(trusted)).toBe('good');
    expect(await state([])).toBe('unchecked');
    expect(await state([publicKeyOf(theirs)])).toBe('wrong');
    const forged = manifestBytes({ ...manifest, estate: 'another' });
    await store.put(operation, manifestKey(manifest.tenant, manifest.backup), forged);
    expect(await state(trusted)).toBe('wrong');
    expect(await state([])).toBe('wrong');
    await store.put(operation, signatureKey(manifest.tenant, manifest.backup), Buffer.from('{"algorithm":"none"}'));
    expect(await state([])).toBe('wrong');
  });

  it.each([
    ['is no JSON', () => Buffer.from('{')],
    ['is not a manifest', () => Buffer.from('{"kind":"BackupManifest"}')],
    ['is that of another backup', () => manifestBytes(aManifest({ tenant: 'bike-barn' }))],
  ])('names a manifest that %s, and calls none of its tenant’s packs an orphan', async (_words, bytes) => {
    const { store } = await aFolderStore();
    await store.put(operation, manifestKey('maple-toys', idAt(start)), bytes());
    await store.put(operation, packKey('maple-toys', 'a'.repeat(64)), Buffer.alloc(7));
    const { backups, leftovers } = await catalogueOf(store);
    expect(backups).toEqual([]);
    expect(leftovers.map(({ kind }) => kind)).toEqual(['unreadable']);
  });

  it('refuses a manifest that names another backup’s objects as its own', async () => {
    const { store } = await aFolderStore();
    const manifest = aManifest();
    const part = { key: databaseKey('bike-barn', idAt(start), 0), size: 1, sha256: '0'.repeat(64) };
    const astray = { ...manifest, database: { ...manifest.database, parts: [part] } };
    await store.put(operation, manifestKey(manifest.tenant, manifest.backup), manifestBytes(astray));
    const { leftovers } = await catalogueOf(store);
    expect(leftovers[0]?.message).toContain('which is no part of it');
    await expect(writeManifest(store, operation, astray, null)).rejects.toThrow('which is no part of it');
  });

  it('reads no manifest twice, until it changes', async () => {
    const { store, server } = await anS3Store();
    server.pageSize = 7;
    for (let day = 0; day < 20; day += 1) {
      await writeManifest(
        store,
        operation,
        aManifest({ snapshotAt: new Date(start + day * 24 * hour).toISOString() }),
        null,
      );
    }
    const kept = memory();
    const reads = () =>
      server.requests.filter((line) => line.startsWith('GET') && line.endsWith('manifest.json')).length;
    expect((await catalogueOf(store, { kept })).backups).toHaveLength(20);
    expect(reads()).toBe(20);
    const again = await catalogueOf(store, { kept });
    expect(again.backups).toHaveLength(20);
    expect(reads()).toBe(20);
    const gone = again.backups[0];
    await store.remove(operation, manifestKey('maple-toys', gone?.backup ?? ''));
    expect((await catalogueOf(store, { kept })).backups).toHaveLength(19);
    const [held] = kept.held.values();
    expect(Object.keys((held as { texts: object }).texts)).toHaveLength(19);
  });

  it('names uploads that were begun and never ended', async () => {
    const { store, server } = await anS3Store();
    server.fault = ({ method, query }) =>
      method === 'DELETE' && query.has('uploadId') ? 503 : query.has('partNumber') ? 403 : undefined;
    const key = databaseKey('maple-toys', idAt(start), 0);
    const { Readable } = await import('node:stream');
    await expect(store.upload(operation, key, Readable.from([Buffer.alloc(5_000)]))).rejects.toThrow(
      'still lie in the store',
    );
    server.fault = () => undefined;
    const { leftovers } = await catalogueOf(store);
    expect(leftovers).toMatchObject([{ kind: 'unfinished upload', key, tenant: 'maple-toys' }]);
    await store.discard(operation, key);
    expect((await catalogueOf(store)).leftovers).toEqual([]);
  });
});
