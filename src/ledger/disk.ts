import { constants } from 'node:fs';
import { chmod, type FileHandle, mkdir, open, rename, unlink, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { codeOf } from './store-error.ts';

/** A folder for us alone; its name is on disk when this returns, and so are those of the folders above that were made. */
export async function privateFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 });
  if (first !== undefined) {
    for (let folder = resolve(path); folder.length >= resolve(first).length; folder = dirname(folder)) {
      await syncFolder(dirname(folder));
    }
  }
}

/** A file that was made or renamed survives a crash only when its folder was written, too. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Opens a file of ours; to read, null when it is not there. Never follows a link. */
export async function openToRead(path: string): Promise<FileHandle | null> {
  return open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') {
      return null;
    }
    throw error;
  });
}

/** Opens a file of ours to append to; makes it, and makes it private where somebody loosened it. */
export async function openToAppend(path: string): Promise<FileHandle> {
  const handle = await open(
    path,
    constants.O_RDWR | constants.O_APPEND | constants.O_NOFOLLOW | constants.O_CREAT,
    0o600,
  );
  const { mode } = await handle.stat();
  if ((mode & 0o077) !== 0) {
    await handle.chmod(0o600);
  }
  return handle;
}

export async function writeWhole(handle: FileHandle, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    at += (await handle.write(bytes, at)).bytesWritten;
  }
}

let counter = 0;

/** Readers see the old content or the new, never a part. */
export async function replaceFile(path: string, content: string): Promise<void> {
  counter += 1;
  const fresh = `${path}.${process.pid}-${counter}.new`;
  try {
    await writeFile(fresh, content, { mode: 0o600, flag: 'wx' });
    await rename(fresh, path);
  } catch (error) {
    await unlink(fresh).catch(() => undefined);
    throw error;
  }
}

/** A new file with this content, on disk together with its name when this returns. */
export async function keepFile(path: string, content: Buffer): Promise<void> {
  const handle = await open(path, 'w', 0o600);
  try {
    await writeWhole(handle, content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await chmod(path, 0o400);
  await syncFolder(dirname(path));
}

const blockBytes = 256 * 1024;

/** The bytes of a file from `start` to `end`, in blocks that are new each time. */
export async function* blocks(handle: FileHandle, start: number, end: number): AsyncGenerator<Buffer> {
  for (let at = start; at < end; ) {
    const { bytesRead, buffer } = await handle.read({
      buffer: Buffer.allocUnsafe(Math.min(blockBytes, end - at)),
      position: at,
    });
    if (bytesRead === 0) {
      return;
    }
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
