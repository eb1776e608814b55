import * as fs from 'node:fs';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import { codeOf } from './store-error.ts';

/**
 * What the ledger asks of a disk. Calls that the page cache answers in microseconds are synchronous: a trip through the
 * thread pool for each costs many times that, and all of them happen while others wait for the lock. What waits for
 * the disk itself does not hold up the keyboard.
 */

const { O_APPEND, O_CREAT, O_DIRECTORY, O_NOFOLLOW, O_RDONLY, O_RDWR } = fs.constants;

/** A number that the system knows an open file by. */
export type Descriptor = number;

/** The bytes are on disk, and so is the file's new size, when this resolves. */
export const flushed: (file: Descriptor) => Promise<void> = promisify(fs.fdatasync);

/** A folder for us alone; its name is on disk when this returns, and so are those of the folders above that were made. */
export function privateFolder(path: string): void {
  const first = fs.mkdirSync(path, { recursive: true, mode: 0o700 });
  if (first !== undefined) {
    for (let folder = resolve(path); folder.length >= resolve(first).length; folder = dirname(folder)) {
      syncFolder(dirname(folder));
    }
  }
}

/** A file that was made or renamed survives a crash only when its folder was written, too. */
export function syncFolder(path: string): void {
  const file = fs.openSync(path, O_RDONLY | O_DIRECTORY);
  try {
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
}

/** Opens a file of ours; null when it is not there. Never follows a link. */
export function openToRead(path: string): Descriptor | null {
  try {
    return fs.openSync(path, O_RDONLY | O_NOFOLLOW);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') {
      return null;
    }
    throw error;
  }
}

/** Opens a file of ours to append to; makes it, and makes it private where somebody loosened it. */
export function openToAppend(path: string): Descriptor {
  const file = fs.openSync(path, O_RDWR | O_APPEND | O_NOFOLLOW | O_CREAT, 0o600);
  if ((fs.fstatSync(file).mode & 0o077) !== 0) {
    fs.fchmodSync(file, 0o600);
  }
  return file;
}

export function sizeOf(file: Descriptor | null): number {
  return file === null ? 0 : fs.fstatSync(file).size;
}

export function close(file: Descriptor | null): void {
  if (file !== null) {
    fs.closeSync(file);
  }
}

export function writeWhole(file: Descriptor, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) {
    at += fs.writeSync(file, bytes, at);
  }
}

/** Cuts the file back, and has that on disk. */
export function cutBack(file: Descriptor, size: number): void {
  fs.ftruncateSync(file, size);
  fs.fdatasyncSync(file);
}

/** Makes a file of ours; false when it is there already. */
export function makeFile(path: string, content: string): boolean {
  try {
    fs.writeFileSync(path, content, { mode: 0o600, flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') {
      return false;
    }
    throw error;
  }
}

let counter = 0;

/** Readers see the old content or the new, never a part. */
export function replaceFile(path: string, content: string): void {
  counter += 1;
  const fresh = `${path}.${process.pid}-${counter}.new`;
  try {
    fs.writeFileSync(fresh, content, { mode: 0o600, flag: 'wx' });
    fs.renameSync(fresh, path);
  } catch (error) {
    fs.rmSync(fresh, { force: true });
    throw error;
  }
}

/** A file that nobody changes any more, on disk together with its name when this returns. */
export function keepFile(path: string, content: Buffer): void {
  fs.rmSync(path, { force: true });
  const file = fs.openSync(path, 'wx', 0o400);
  try {
    writeWhole(file, content);
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
  syncFolder(dirname(path));
}

/** The content of a file; null when it is not there. */
export function textOf(path: string): string | null {
  try {
    return fs.readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') {
      return null;
    }
    throw error;
  }
}

/** Names in a folder; none when it is not there. */
export function namesIn(folder: string): readonly string[] {
  try {
    return fs.readdirSync(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') {
      return [];
    }
    throw error;
  }
}

const blockBytes = 256 * 1024;
const readAsync = promisify(fs.read);

/** The bytes from `start` up to `end`, or up to where the file ends; in memory of their own. */
export function bytesAt(file: Descriptor, start: number, end: number): Buffer {
  const buffer = Buffer.allocUnsafe(Math.max(0, end - start));
  return buffer.subarray(0, fs.readSync(file, buffer, 0, buffer.length, start));
}

/** The same in blocks, letting others work in between. Each is in the memory of the one before: who keeps anything copies it. */
export async function* blocks(file: Descriptor | null, start: number, end: number): AsyncGenerator<Buffer> {
  const memory = Buffer.allocUnsafe(Math.max(0, Math.min(blockBytes, end - start)));
  for (let at = start; file !== null && at < end; ) {
    const length = Math.min(memory.length, end - at);
    const { bytesRead } =
      length < blockBytes
        ? { bytesRead: fs.readSync(file, memory, 0, length, at) }
        : await readAsync(file, memory, 0, length, at);
    if (bytesRead === 0) {
      return;
    }
    at += bytesRead;
    yield memory.subarray(0, bytesRead);
  }
}
