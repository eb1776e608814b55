import type { Readable } from 'node:stream';
import type { Operation } from '#systems/operation.ts';
import type { ObjectStore, StoredObject, UploadOptions } from '#systems/storage/store.ts';
import { backupFolder, manifestKey } from '../layout.ts';
import type { Part } from '../manifest.ts';

/** What one backup has written so far, so that it can be taken away again when the rest of it fails. */
export interface Written {
  /** Below the backup's own folder, which is nobody else's. */
  upload(key: string, source: Readable, options?: UploadOptions): Promise<Part>;
  put(key: string, bytes: Uint8Array, options?: UploadOptions): Promise<Part>;
  /** Shared with other backups: ours only once the store has said that it was not there before. */
  uploadShared(key: string, source: Readable, options?: UploadOptions): Promise<Part>;
  /** Takes away what lies below the backup's own folder already: a worker that died left it. */
  clear(): Promise<void>;
  /** Writes the manifest. From here on there may be a backup. */
  commit<Result>(write: () => Promise<Result>): Promise<Result>;
  /** Takes it all away, the manifest first: a manifest without its parts must never be seen. Returns what could not be taken. */
  undo(): Promise<readonly string[]>;
}

export function writtenBy(
  operation: Operation,
  store: ObjectStore,
  { tenant, backup }: { readonly tenant: string; readonly backup: string },
): Written {
  const own = new Set<string>();
  const shared = new Set<string>();
  const folder = backupFolder(tenant, backup);
  let isCommitted = false;
  const takeAway = async (key: string): Promise<boolean> => {
    try {
      await store.discard(operation, key);
      await store.remove(operation, key);
      return (await store.head(key)) === null;
    } catch {
      return false;
    }
  };
  return {
    upload(key, source, options) {
      own.add(key);
      return store.upload(operation, key, source, options);
    },
    put(key, bytes, options) {
      own.add(key);
      return store.put(operation, key, bytes, options);
    },
    async uploadShared(key, source, options) {
      const part = await store.upload(operation, key, source, { ...options, ifAbsent: true });
      shared.add(key);
      return part;
    },
    async clear() {
      const lying = [...(await store.leftovers(folder)), ...(await keysBelow(store, folder))].map(({ key }) => key);
      // The manifest first: without its parts it must never be seen.
      const marker = manifestKey(tenant, backup);
      for (const key of new Set(lying.includes(marker) ? [marker, ...lying] : lying)) {
        await store.discard(operation, key);
        await store.remove(operation, key);
      }
    },
    commit(write) {
      isCommitted = true;
      return write();
    },
    async undo() {
      const marker = manifestKey(tenant, backup);
      if (isCommitted && !(await takeAway(marker))) {
        return [marker];
      }
      const keys = new Set([...own, ...(await listed(store, folder)), ...shared]);
      for (let failures = 0; keys.size > 0 && failures < patience; ) {
        const [key = ''] = keys;
        keys.delete(key);
        if (!(await takeAway(key))) {
          failures += 1;
          keys.add(key);
        }
      }
      return [...keys];
    },
  };
}

/** A store that is away answers each question late: after so many it is left alone, and what lies there is named. */
const patience = 3;

async function listed(store: ObjectStore, prefix: string): Promise<readonly string[]> {
  try {
    return (await keysBelow(store, prefix)).map(({ key }) => key);
  } catch {
    // A store that does not answer: what could not be taken away is named all the same.
    return [];
  }
}

async function keysBelow(store: ObjectStore, prefix: string): Promise<readonly StoredObject[]> {
  const found: StoredObject[] = [];
  for await (const object of store.list(prefix)) {
    found.push(object);
  }
  return found;
}
