import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ReadFailure } from '#systems/source.ts';
import { partSizeFor } from '#systems/storage/s3-upload.ts';
import { WriteFailure } from '#systems/write-failure.ts';
import { type Fault, s3Keys } from '../../s3-server.ts';
import { anS3Store, bytesOf, flowing, keysOf, operation, storeAt } from './world.ts';

const bytes = randomBytes(5_000);

/** Goes wrong the first `times`, where `which` says so. */
function first(times: number, fault: Fault, which: (line: string) => boolean) {
  let left = times;
  return ({ method, query }: { method: string; query: URLSearchParams }) =>
    which(`${method} ${[...query.keys()].join(' ')}`) && left-- > 0 ? fault : undefined;
}

const isPart = (line: string) => line.startsWith('PUT partNumber');
const isComplete = (line: string) => line === 'POST uploadId';
const isBegin = (line: string) => line === 'POST uploads';
const isPut = (line: string) => line === 'PUT ';

describe('a store that stumbles', () => {
  it.each<[string, (line: string) => boolean, Fault]>([
    ['beginning', isBegin, 503],
    ['a part', isPart, 500],
    ['a part', isPart, 'cut'],
    ['a part', isPart, 'lost'],
    ['the end', isComplete, 503],
    ['the end', isComplete, 'cut'],
    ['the end', isComplete, 'lost'],
  ])('is asked again, and %s comes out whole (%#)', async (_what, which, fault) => {
    const { store, server } = await anS3Store();
    server.fault = first(2, fault, which);
    await store.upload(operation, 'a', flowing(bytes), { ifAbsent: true });
    expect((await bytesOf(await store.read('a'))).equals(bytes)).toBe(true);
  });

  it.each<[Fault]>([[500], ['cut'], ['lost']])(
    'is asked again for a put (%s), also where it must not be there yet',
    async (fault) => {
      const { store, server } = await anS3Store();
      server.fault = first(1, fault, isPut);
      await store.put(operation, 'a', bytes, { ifAbsent: true });
      expect((await bytesOf(await store.read('a'))).equals(bytes)).toBe(true);
    },
  );

  it('goes on reading from where a connection broke', async () => {
    const { store, server } = await anS3Store();
    const large = randomBytes(400_000);
    await store.upload(operation, 'a', flowing(large, 60_000));
    let left = 3;
    server.fault = ({ method }) => (method === 'GET' && left-- > 0 ? 'broken' : undefined);
    expect((await bytesOf(await store.read('a'))).equals(large)).toBe(true);
    expect(server.requests.filter((line) => line.startsWith('GET'))).toHaveLength(4);
    left = 2;
    expect(
      (await bytesOf(await store.read('a', { from: 100, to: 300_100 }))).equals(large.subarray(100, 300_100)),
    ).toBe(true);
  });

  it('does not go on with another object that has taken the name meanwhile', async () => {
    const { store, server } = await anS3Store();
    await store.put(operation, 'a', randomBytes(400_000));
    let left = 1;
    server.fault = ({ method }) => (method === 'GET' && left-- > 0 ? 'broken' : undefined);
    const reading = await store.read('a');
    await storeAt(server).put(operation, 'a', randomBytes(400_000));
    await expect(bytesOf(reading)).rejects.toThrow(ReadFailure);
  });

  it('lists again after a page that did not come', async () => {
    const { store, server } = await anS3Store();
    server.pageSize = 2;
    for (const key of ['a', 'b', 'c', 'd', 'e']) {
      await store.put(operation, key, Buffer.from(key));
    }
    server.fault = first(2, 'cut', (line) => line.startsWith('GET list-type'));
    expect(await keysOf(store)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });
});

describe('a store that fails', () => {
  it.each<[string, (line: string) => boolean, Fault]>([
    ['beginning', isBegin, 403],
    ['a part', isPart, 500],
    ['a part', isPart, 'cut'],
    ['the end', isComplete, 500],
    ['the end', isComplete, 'cut'],
  ])('keeps nothing of an upload that fails at %s, and is said to hold nothing (%#)', async (_what, which, fault) => {
    const { store, server } = await anS3Store();
    server.fault = first(99, fault, which);
    await expect(store.upload(operation, 'a', flowing(bytes))).rejects.toMatchObject({
      ...{ name: 'WriteFailure', certainty: 'refused' },
    });
    server.fault = () => undefined;
    expect(await keysOf(store)).toEqual([]);
    expect(await store.leftovers('')).toEqual([]);
  });

  it('is not said to hold nothing when the last answer was lost and it cannot be looked at', async () => {
    const { store, server } = await anS3Store();
    server.fault = ({ method }) => (method === 'PUT' ? 'lost' : 'cut');
    await expect(store.put(operation, 'a', bytes)).rejects.toMatchObject({
      name: 'WriteFailure',
      certainty: 'unknown',
    });
  });

  it('is said to have refused when nothing could be sent at all', async () => {
    const store = storeAt({ url: 'http://127.0.0.1:1', region: 'eu-north-1' });
    await expect(store.put(operation, 'a', bytes)).rejects.toMatchObject({
      certainty: 'refused',
      code: 'ECONNREFUSED',
    });
    await expect(store.head('a')).rejects.toMatchObject({ name: 'ReadFailure', reason: 'unreachable' });
  });
});

describe('a store that lies', () => {
  it.each<[string, Fault, 'put' | 'upload', 'sha256' | 'md5', RegExp]>([
    ['said yes and kept nothing', 'lie', 'put', 'sha256', /it is not there/],
    ['kept half', 'half', 'put', 'sha256', /it holds 2500 of 5000 bytes/],
    ['flipped a bit', 'flip', 'put', 'sha256', /its checksum of it is/],
    ['flipped a bit', 'flip', 'put', 'md5', /its checksum of it is/],
    ['kept half of a part', 'half', 'upload', 'sha256', /InvalidPart/],
    ['kept half of a part', 'half', 'upload', 'md5', /it holds \d+ of 5000 bytes/],
    ['flipped a bit of a part', 'flip', 'upload', 'md5', /its checksum of it is/],
  ])('and %s is found out (%#)', async (_what, fault, how, checksums, words) => {
    const { store, server } = await anS3Store({ checksums });
    server.fault = first(1, fault, how === 'put' ? isPut : isPart);
    const write =
      how === 'put'
        ? store.put(operation, 'a', bytes, { ifAbsent: true })
        : store.upload(operation, 'a', flowing(bytes), { ifAbsent: true });
    await expect(write).rejects.toThrow(words);
    expect(await keysOf(store)).toEqual([]);
  });

  it('about the end of an upload is found out', async () => {
    const { store, server } = await anS3Store();
    server.fault = first(1, 'lie', isComplete);
    await expect(store.upload(operation, 'a', flowing(bytes))).rejects.toThrow(
      /said that it was written, but it is not there/,
    );
  });
});

describe('what a store refuses', () => {
  it('is told with its own code, and never with a key', async () => {
    const { store } = await anS3Store({ keys: () => ({ ...s3Keys, secretKey: 'another secret' }) });
    const error = await store.put(operation, 'a', bytes).catch((one: unknown) => one);
    expect(error).toMatchObject({ certainty: 'refused', code: 'SignatureDoesNotMatch' });
    expect(String(error)).toContain('the secret key is not the one of this access key');
    expect(String(error)).not.toContain('another secret');
    await expect(keysOf(store)).rejects.toMatchObject({ name: 'ReadFailure', reason: 'forbidden' });
  });

  it('is asked once more with the key that is there now, when the key had been good', async () => {
    let keys = s3Keys;
    const { store, server } = await anS3Store({ keys: () => keys });
    await store.put(operation, 'a', bytes);
    keys = { accessKey: 'AKIDNEXT', secretKey: 'rotated' };
    server.keys = keys;
    await store.put(operation, 'b', bytes);
    expect(await keysOf(store)).toEqual(['a', 'b']);
  });

  it('locks what it is given, and shows until when', async () => {
    const { store, server } = await anS3Store({ lock: true, lockSeconds: 3_600 });
    await store.put(operation, 'a', Buffer.from('x'));
    await store.upload(operation, 'b', flowing(bytes));
    for (const key of ['a', 'b']) {
      const until = Date.parse((await store.head(key))?.lockedUntil ?? '');
      expect(until).toBeGreaterThan(Date.now() + 3_500_000);
      expect(server.objects.get(`estate/eu/${key}`)?.[0]?.headers['x-amz-object-lock-mode']).toBe('COMPLIANCE');
    }
  });

  it('is no lock: a bucket that takes the headers and holds nothing is found out', async () => {
    const { store, server } = await anS3Store({ lock: true, lockSeconds: 3_600 });
    const { put } = { put: server.objects.set.bind(server.objects) };
    server.objects.set = (key, versions) =>
      put(
        key,
        versions.map((one) => ({ ...one, lockedUntil: null })),
      );
    await expect(store.put(operation, 'a', bytes)).rejects.toThrow(/does not say that object lock holds it/);
  });
});

describe('parts', () => {
  it('are as large as S3 wants for what is expected, and never small', () => {
    expect(partSizeFor(undefined)).toBe(16 * 1024 ** 2);
    expect(partSizeFor(5 * 1024 ** 4)).toBeLessThan(5 * 1024 ** 3);
    expect(Math.ceil((5 * 1024 ** 4) / partSizeFor(5 * 1024 ** 4))).toBeLessThanOrEqual(10_000);
  });

  it('of the real size are taken by a store that keeps S3’s own limits', async () => {
    const { server } = await anS3Store({ smallParts: false });
    const store = storeAt(server, { partSize: 5 * 1024 ** 2 });
    const large = randomBytes(12 * 1024 ** 2);
    await store.upload(operation, 'a', flowing(large, 65_536));
    expect((await bytesOf(await store.read('a'))).equals(large)).toBe(true);
    await expect(storeAt(server).upload(operation, 'b', flowing(bytes))).rejects.toThrow(WriteFailure);
  });
});
