import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storeSource } from '#backups/packing/store-source.ts';
import { anS3Store, operation } from '../systems/storage/world.ts';
import { flawsOf, listed, make, nameFiles, startWorks, type Works } from './backing-up.ts';
import { pathOf, sha1 } from './world.ts';

let works: Works;
beforeAll(async () => {
  works = await startWorks();
}, 120_000);
afterAll(() => works?.server.stop());

describe('a backup in a bucket', () => {
  it('goes there in parts, and takes a filestore that is in a bucket itself, however its keys are laid out', async () => {
    const files = [Buffer.from('a logo'), randomBytes(1_500_000), Buffer.from('a letter')];
    const [logo, film, letter] = files as [Buffer, Buffer, Buffer];
    const { store, server } = await anS3Store({ partSize: 64 * 1024 });
    const { store: bucket } = await anS3Store({ prefix: '' });
    await bucket.put(operation, pathOf(logo), logo);
    await bucket.put(operation, `maple/${pathOf(film)}`, film);
    await bucket.put(operation, sha1(letter), letter);
    await bucket.put(operation, 'checklist/aa/x', Buffer.from('nothing of Odoo’s'));
    await nameFiles(works, [pathOf(logo), `s3://maple/${sha1(film)}`, `s3://maple/${sha1(letter)}`]);
    const filestore = {
      ...{
        source: storeSource(bucket, 'the bucket'),
        earlier: [],
        programs: works.programs,
        identity: null,
        folder: null,
      },
      keep: async () => undefined,
    };
    const { manifest } = await make(works, store, { partSize: 300_000, filestore });
    expect(manifest.database.parts.length).toBeGreaterThan(3);
    expect(manifest.filestore).toMatchObject({ files: 3, missing: [] });
    expect(await flawsOf(works, store, manifest)).toEqual([]);
    expect((await listed(store)).backups).toMatchObject([{ missing: [], tenant: 'maple-toys' }]);
    expect([...server.uploads]).toEqual([]);
  });

  it('is held there by object lock for as long as the store says', async () => {
    const { store } = await anS3Store({ lock: true, lockSeconds: 3_600 });
    const { manifest } = await make(works, store);
    const [part] = manifest.database.parts;
    expect(Date.parse((await store.head(part?.key ?? ''))?.lockedUntil ?? '')).toBeGreaterThan(Date.now());
  });
});
