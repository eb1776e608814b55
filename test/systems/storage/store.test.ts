import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ReadFailure } from '#systems/source.ts';
import type { ObjectStore } from '#systems/storage/store.ts';
import { WriteFailure } from '#systems/write-failure.ts';
import { aFolderStore, anS3Store, bytesOf, flowing, keysOf, operation } from './world.ts';

const makers: readonly (readonly [string, () => Promise<ObjectStore>])[] = [
  ['a folder', async () => (await aFolderStore()).store],
  ['a bucket', async () => (await anS3Store()).store],
  [
    'a bucket without checksums of its own',
    async () => (await anS3Store({ checksums: 'md5', withoutChecksums: true })).store,
  ],
];
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

describe.each(makers)('%s as a store', (_name, make) => {
  it('gives back what was put, with its size and its sum', async () => {
    const store = await make();
    const put = await store.put(operation, 'backups/a/1/manifest.json', Buffer.from('{}'));
    expect(put).toEqual({ key: 'backups/a/1/manifest.json', size: 2, sha256: sha256(Buffer.from('{}')) });
    expect((await bytesOf(await store.read('backups/a/1/manifest.json'))).toString()).toBe('{}');
    expect(await store.head('backups/a/1/manifest.json')).toMatchObject({ size: 2, lockedUntil: null });
    expect(await store.head('backups/a/1/other')).toBeNull();
  });

  it.each([0, 1, 1023, 1024, 1025, 2048, 50_001])('uploads %i bytes and reads the same', async (length) => {
    const store = await make();
    const bytes = randomBytes(length);
    let told = 0;
    const uploaded = await store.upload(operation, 'a/b', flowing(bytes), { onBytes: (count) => (told += count) });
    expect(uploaded).toEqual({ key: 'a/b', size: length, sha256: sha256(bytes) });
    expect((await bytesOf(await store.read('a/b'))).equals(bytes)).toBe(true);
    expect(told).toBe(length);
    expect(await store.leftovers('')).toEqual([]);
  });

  it('reads a part of an object', async () => {
    const store = await make();
    await store.put(operation, 'a', Buffer.from('0123456789'));
    expect((await bytesOf(await store.read('a', { from: 3, to: 7 }))).toString()).toBe('3456');
    expect((await bytesOf(await store.read('a', { from: 3, to: 3 }))).toString()).toBe('');
  });

  it('lists below a prefix, in the order of the bytes of the keys', async () => {
    const store = await make();
    const keys = ['p/a', 'p/a-b', 'p/a/b', 'p/a/b c+d', 'p/é', 'p/\u{1F600}', 'p/\uFFFD', 'q'];
    for (const key of keys.toReversed().filter((one) => one !== 'p/a')) {
      await store.put(operation, key, Buffer.from(key));
    }
    expect(await keysOf(store, 'p/')).toEqual(['p/a-b', 'p/a/b', 'p/a/b c+d', 'p/é', 'p/\uFFFD', 'p/\u{1F600}']);
    expect(await keysOf(store, 'p/a/')).toEqual(['p/a/b', 'p/a/b c+d']);
    expect(await keysOf(store, 'p/a')).toEqual(['p/a-b', 'p/a/b', 'p/a/b c+d']);
    expect(await keysOf(store, 'nothing/')).toEqual([]);
  });

  it('refuses a name that would lead elsewhere, or that the next program would read otherwise', async () => {
    const store = await make();
    for (const key of ['', '/a', 'a//b', '../a', 'a/../../b', 'a/./b', 'a\nb', 'a\u0000', 'a\\b', 'x'.repeat(1100)]) {
      await expect(store.put(operation, key, Buffer.from('x')), JSON.stringify(key)).rejects.toThrow(WriteFailure);
      expect(await store.head(key)).toBeNull();
      await expect(store.read(key)).rejects.toThrow(ReadFailure);
    }
    expect(await keysOf(store)).toEqual([]);
  });

  it.each(['put', 'upload'] as const)('does not %s over what is there, where that was asked', async (how) => {
    const store = await make();
    await store.put(operation, 'a', Buffer.from('first'), { ifAbsent: true });
    const second = Buffer.alloc(5_000, 's');
    const write =
      how === 'put'
        ? store.put(operation, 'a', second, { ifAbsent: true })
        : store.upload(operation, 'a', flowing(second), { ifAbsent: true });
    await expect(write).rejects.toMatchObject({ name: 'WriteFailure', certainty: 'refused', moved: true });
    expect((await bytesOf(await store.read('a'))).toString()).toBe('first');
    expect(await store.leftovers('')).toEqual([]);
  });

  it('keeps nothing of a source that breaks off', async () => {
    const store = await make();
    const source = Readable.from(
      (async function* () {
        yield randomBytes(3_000);
        throw new Error('pg_dump ended with 1');
      })(),
      { objectMode: false },
    );
    await expect(store.upload(operation, 'a/b', source)).rejects.toThrow('pg_dump ended with 1');
    expect(await keysOf(store)).toEqual([]);
    expect(await store.leftovers('')).toEqual([]);
  });

  it('keeps nothing of an upload that was told to stop', async () => {
    const store = await make();
    const stop = new AbortController();
    const source = Readable.from(
      (async function* () {
        for (;;) {
          yield randomBytes(3_000);
          stop.abort(new Error('stopped'));
        }
      })(),
      { objectMode: false },
    );
    await expect(store.upload(operation, 'a/b', source, { signal: stop.signal })).rejects.toThrow('stopped');
    expect(await keysOf(store)).toEqual([]);
    expect(await store.leftovers('')).toEqual([]);
  });

  it('removes, and finds it no failure that nothing is there', async () => {
    const store = await make();
    await store.put(operation, 'a/b', Buffer.from('x'));
    await store.remove(operation, 'a/b');
    await store.remove(operation, 'a/b');
    expect(await keysOf(store)).toEqual([]);
    await expect(store.read('a/b')).rejects.toThrow(/could not read a\/b/);
  });
});
