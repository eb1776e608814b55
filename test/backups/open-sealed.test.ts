import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Part } from '#backups/manifest.ts';
import { DamagedBackup } from '#backups/manifest-file.ts';
import { openSealed, type Sealing } from '#backups/open-sealed.ts';
import type { ObjectStore } from '#systems/storage/store.ts';
import { aFolderStore, bytesOf, operation } from '../systems/storage/world.ts';
import { type Keys, sealed, sealingKeys, sha256 } from './world.ts';

let keys: Keys;
let programs: Sealing['programs'];
const plain = randomBytes(700_000);

beforeAll(async () => {
  ({ keys, programs } = await sealingKeys());
});

async function inParts(
  count: number,
): Promise<{ readonly sealing: Sealing & { readonly store: ObjectStore }; readonly parts: readonly Part[] }> {
  const { store } = await aFolderStore();
  const cipher = sealed(plain, keys, programs);
  const step = Math.ceil(cipher.length / count);
  const parts: Part[] = [];
  for (let number = 0; number < count; number += 1) {
    const bytes = cipher.subarray(number * step, (number + 1) * step);
    parts.push(await store.put(operation, `backups/a/b/database.${number}`, bytes));
  }
  return { sealing: { store, identity: keys.identity, programs }, parts };
}

describe('what was sealed', () => {
  it('comes out as it went in, over several parts', async () => {
    const { sealing, parts } = await inParts(4);
    let told = 0;
    const opened = openSealed({ ...sealing, onBytes: (count) => (told += count) }, parts, {
      size: plain.length,
      sha256: sha256(plain),
    });
    expect((await bytesOf(opened)).equals(plain)).toBe(true);
    expect(told).toBe(parts.reduce((sum, { size }) => sum + size, 0));
  });

  it.each([
    ['the first byte of the first part', 0, 0],
    ['a byte in the middle of the second', 1, 90_000],
    ['the last byte of the last', 3, -1],
  ])('breaks with the name of the part when %s is another one', async (_words, number, at) => {
    const { sealing, parts } = await inParts(4);
    const part = parts[number];
    const bytes = await bytesOf(await sealing.store.read(part?.key ?? ''));
    const place = at < 0 ? bytes.length + at : at;
    bytes[place] = (bytes[place] ?? 0) ^ 1;
    await sealing.store.put(operation, part?.key ?? '', bytes);
    await expect(bytesOf(openSealed(sealing, parts))).rejects.toThrow(
      new DamagedBackup(part?.key ?? '', 'its bytes are others than the manifest says'),
    );
  });

  it('breaks when a part is shorter or longer than it was, or gone', async () => {
    const { sealing, parts } = await inParts(3);
    const key = parts[2]?.key ?? '';
    const { store } = sealing;
    const bytes = await bytesOf(await sealing.store.read(key));
    await store.put(operation, key, bytes.subarray(0, -1));
    await expect(bytesOf(openSealed(sealing, parts))).rejects.toThrow(/database\.2: it holds \d+ of \d+ bytes/);
    await store.put(operation, key, Buffer.concat([bytes, Buffer.from('x')]));
    await expect(bytesOf(openSealed(sealing, parts))).rejects.toThrow(/database\.2: it holds more than \d+ bytes/);
    await store.remove(operation, key);
    await expect(bytesOf(openSealed(sealing, parts))).rejects.toThrow(/database\.2/);
  });

  it('breaks when parts are missing from the list, though each of them is right', async () => {
    const { sealing, parts } = await inParts(3);
    await expect(bytesOf(openSealed(sealing, parts.slice(0, 2)))).rejects.toThrow(DamagedBackup);
    await expect(bytesOf(openSealed(sealing, parts.toReversed()))).rejects.toThrow(DamagedBackup);
  });

  it('breaks when the whole is not what was dumped', async () => {
    const { sealing, parts } = await inParts(2);
    const wrong = openSealed(sealing, parts, { size: plain.length, sha256: '0'.repeat(64) });
    await expect(bytesOf(wrong)).rejects.toThrow('opened, its bytes are others than were sealed');
  });

  it('says that it is sealed for others, and never shows the identity', async () => {
    const { sealing, parts } = await inParts(1);
    const other = (await sealingKeys()).keys.identity;
    const error = await bytesOf(openSealed({ ...sealing, identity: other }, parts)).catch((one: unknown) => one);
    expect(String(error)).toContain('sealed for other recipients');
    expect(String(error)).not.toContain(other);
  });

  it('ends its programs when the reader goes away or is told to stop', async () => {
    const { sealing, parts } = await inParts(2);
    const reader = openSealed(sealing, parts);
    for await (const _ of reader) {
      break;
    }
    const stop = new AbortController();
    const stopped = openSealed({ ...sealing, signal: stop.signal }, parts);
    stop.abort(new Error('stopped'));
    await expect(bytesOf(stopped)).rejects.toThrow('stopped');
  });
});
