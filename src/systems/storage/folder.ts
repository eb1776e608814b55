import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, link, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { codeOf } from '../network.ts';
import type { Operation } from '../operation.ts';
import { ReadFailure } from '../source.ts';
import { WriteFailure } from '../write-failure.ts';
import { filesBelow } from './folder-list.ts';
import { byKey, isKey, mustBeKey } from './keys.ts';
import type { ObjectStore, StoredObject, Uploaded, UploadOptions } from './store.ts';

/** Where files lie until they are whole; never listed. In the store's own folder, so that a rename stays within its disk. */
const drafts = '.till-uploads';

/**
 * A folder that behaves like an object store: a key is a file that is either whole or not there. Written under another name,
 * synced, renamed, and the folder synced, so that neither a kill nor a lost power supply leaves half a file under its key.
 */
export class FolderStore implements ObjectStore {
  readonly name: string;
  readonly #path: string;

  constructor(name: string, path: string) {
    this.name = name;
    this.#path = path;
  }

  async *list(prefix: string, signal?: AbortSignal): AsyncGenerator<StoredObject> {
    await this.#mustBeThere();
    for await (const { key, path } of filesBelow(this.#path, prefix, drafts)) {
      signal?.throwIfAborted();
      const held = await this.#look(key, path);
      if (held !== null) {
        yield held;
      }
    }
  }

  async head(key: string): Promise<StoredObject | null> {
    await this.#mustBeThere();
    return isKey(key) ? this.#look(key, join(this.#path, key)) : null;
  }

  async read(
    key: string,
    range?: { readonly from: number; readonly to: number },
    signal?: AbortSignal,
  ): Promise<Readable> {
    signal?.throwIfAborted();
    const file = await this.#open(key);
    if (range !== undefined && range.to <= range.from) {
      await file.close();
      return Readable.from([]);
    }
    const part = range === undefined ? {} : { start: range.from, end: range.to - 1 };
    return createReadStream('', {
      fd: file,
      highWaterMark: 1024 ** 2,
      ...part,
      ...(signal === undefined ? {} : { signal }),
    });
  }

  async put(operation: Operation, key: string, bytes: Uint8Array, options: UploadOptions = {}): Promise<Uploaded> {
    return this.upload(operation, key, Readable.from([bytes], { objectMode: false }), options);
  }

  async upload(operation: Operation, key: string, source: Readable, options: UploadOptions = {}): Promise<Uploaded> {
    mustBeKey(key);
    const { ifAbsent = false } = options;
    const target = join(this.#path, key);
    const draft = join(
      this.#path,
      drafts,
      `${encodeURIComponent(key)}.${operation.id}.${randomBytes(4).toString('hex')}`,
    );
    const words = `${this.name}: could not write ${key}`;
    await this.#mustBeThere();
    const file = await this.#draft(draft, words);
    try {
      const written = await this.#fill(file, source, words, options);
      await failing(words, async () => {
        await mkdir(dirname(target), { recursive: true, mode: 0o700 });
        await (ifAbsent ? placeAbsent(draft, target) : rename(draft, target));
        await syncFolders(dirname(target), this.#path);
      });
      return { key, ...written };
    } catch (error) {
      await rm(draft, { force: true }).catch(() => undefined);
      throw error;
    }
  }

  async remove(_operation: Operation, key: string): Promise<void> {
    mustBeKey(key);
    await failing(`${this.name}: could not remove ${key}`, async () => {
      await rm(join(this.#path, key), { force: true });
    });
  }

  async leftovers(prefix: string): Promise<readonly { readonly key: string; readonly begunAt: string }[]> {
    const folder = join(this.#path, drafts);
    const names = await readdir(folder).catch(() => []);
    const found = await Promise.all(
      names.map(async (name) => {
        const times = await stat(join(folder, name)).catch(() => null);
        return times === null ? [] : [{ key: keyOf(name), begunAt: new Date(times.mtimeMs).toISOString() }];
      }),
    );
    return found
      .flat()
      .filter(({ key }) => key.startsWith(prefix))
      .sort((a, b) => byKey(a.key, b.key));
  }

  async discard(_operation: Operation, key: string): Promise<void> {
    const folder = join(this.#path, drafts);
    const names = await readdir(folder).catch(() => []);
    await failing(`${this.name}: could not throw away parts of ${key}`, async () => {
      for (const name of names.filter((one) => keyOf(one) === key)) {
        await rm(join(folder, name), { force: true });
      }
    });
  }

  async close(): Promise<void> {}

  async #look(key: string, path: string): Promise<StoredObject | null> {
    try {
      const found = await stat(path);
      const modifiedAt = new Date(found.mtimeMs).toISOString();
      const etag = `${found.ino}-${found.size}-${found.mtimeMs}`;
      return found.isFile() ? { key, size: found.size, modifiedAt, etag, lockedUntil: null } : null;
    } catch (error) {
      if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(codeOf(error) ?? '')) {
        return null;
      }
      throw this.#unread(`look at ${key}`, error);
    }
  }

  async #open(key: string): Promise<FileHandle> {
    try {
      if (!isKey(key)) {
        throw new ReadFailure('not-probed', `${this.name}: could not read ${key}: it is no key`, 'ENOENT');
      }
      return await open(join(this.#path, key), 'r');
    } catch (error) {
      throw this.#unread(`read ${key}`, error);
    }
  }

  async #draft(path: string, words: string): Promise<FileHandle> {
    return failing(words, async () => {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      return open(path, 'wx', 0o600);
    });
  }

  async #fill(
    file: FileHandle,
    source: Readable,
    words: string,
    { signal, onBytes }: UploadOptions,
  ): Promise<{ readonly size: number; readonly sha256: string }> {
    const sum = createHash('sha256');
    let size = 0;
    try {
      for await (const chunk of source as AsyncIterable<Buffer>) {
        signal?.throwIfAborted();
        sum.update(chunk);
        await failing(words, () => file.writeFile(chunk));
        size += chunk.length;
        onBytes?.(chunk.length);
      }
      await failing(words, () => file.sync());
    } finally {
      await file.close();
    }
    return { size, sha256: sum.digest('hex') };
  }

  /** A folder that is not there is a disk that is not mounted: an empty answer, or a backup on the disk below, would lie. */
  async #mustBeThere(): Promise<void> {
    const found = await stat(this.#path).catch((error: unknown) => {
      throw this.#unread('be opened', error, `${this.name}: the folder ${this.#path}`);
    });
    if (!found.isDirectory()) {
      throw new ReadFailure('not-probed', `${this.name}: ${this.#path} is no folder`);
    }
  }

  #unread(what: string, error: unknown, subject = this.name): ReadFailure {
    if (error instanceof ReadFailure) {
      return error;
    }
    const code = codeOf(error);
    const words = { ENOENT: 'it is not there', EACCES: 'this user may not', EPERM: 'this user may not' }[code ?? ''];
    const reason = code === 'EACCES' || code === 'EPERM' ? 'forbidden' : 'not-probed';
    const separator = subject === this.name ? ': could not' : ' could not';
    return new ReadFailure(reason, `${subject}${separator} ${what}: ${words ?? code ?? 'an error'}`, code, error);
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  EROFS: 'the disk is read-only',
  EACCES: 'this user may not',
  EEXIST: 'it is there already',
  EIO: 'the disk failed',
};

/** Nothing is under the key until the last step, which happens or does not: a failure has written nothing. */
async function failing<T>(words: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof WriteFailure) {
      throw error;
    }
    const code = codeOf(error);
    throw new WriteFailure(
      'refused',
      `${words}: ${reasons[code ?? ''] ?? code ?? String(error)}`,
      code,
      code === 'EEXIST',
    );
  }
}

/** A hard link is refused where the name is taken, which a rename is not. */
async function placeAbsent(draft: string, target: string): Promise<void> {
  try {
    await link(draft, target);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK'].includes(codeOf(error) ?? '')) {
      throw error;
    }
    // A file system without hard links: the best that it has is to look first.
    await (await open(target, 'wx', 0o600)).close();
    await rename(draft, target);
  }
  await rm(draft, { force: true });
}

/** The names on the way down are durable only once their folders are synced. */
async function syncFolders(from: string, root: string): Promise<void> {
  for (let folder = from; folder.startsWith(root); folder = dirname(folder)) {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (folder === root) {
      break;
    }
  }
}

function keyOf(draft: string): string {
  const [, key = draft] = /^(.*)\.[^.]+\.[0-9a-f]{8}$/.exec(draft) ?? [];
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
