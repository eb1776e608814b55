import { randomBytes } from 'node:crypto';
import { type FileHandle, open, statfs, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WriteFailure } from '#systems/write-failure.ts';
import { size } from '#text/size.ts';

/** Beside what is written there: a disk that is full to the last byte stops others too. */
const spare = 64 * 1024 ** 2;

/** Throws WriteFailure where the disk of this folder has no room for so many bytes more. */
export async function mustHaveRoom(folder: string, bytes: number, what: string): Promise<void> {
  const free = await freeIn(folder);
  if (free < bytes + spare) {
    throw new WriteFailure(
      'refused',
      `${what} needs ${size(bytes + spare)} in ${folder}, where ${size(free)} are free; TMPDIR names another folder for scratch files`,
      'no-room',
    );
  }
}

export async function freeIn(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** Where the dump lies in the clear while it is restored. */
export const scratchFolder = tmpdir;

/**
 * The plain dump as an open file without a name, readable by nobody else: children read it by its descriptor, and no kill leaves it
 * behind. The whole of it has been read and summed when this returns. Closed by the caller.
 */
export async function writeScratch(source: AsyncIterable<Buffer>, bytes: number): Promise<FileHandle> {
  const folder = scratchFolder();
  await mustHaveRoom(folder, bytes, 'the dump');
  const path = join(folder, `till-${randomBytes(12).toString('hex')}`);
  const file = await open(path, 'wx+', 0o600);
  try {
    await unlink(path);
    await pourInto(file, source);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** In pieces of a megabyte: a pipe gives 64 KiB at a time, and each write is a round through the pool of threads. */
export async function pourInto(file: FileHandle, source: AsyncIterable<Buffer>): Promise<void> {
  const piece = 1024 ** 2;
  let held: Buffer[] = [];
  let length = 0;
  let at = 0;
  const flush = async () => {
    for (let rest = held; length > 0; ) {
      const { bytesWritten } = await file.writev(rest, at).catch((error: NodeJS.ErrnoException) => {
        throw error.code === 'ENOSPC' || error.code === 'EFBIG' || error.code === 'EDQUOT'
          ? new WriteFailure('refused', `the disk of ${scratchFolder()} is full: nothing was restored`, 'no-room')
          : error;
      });
      at += bytesWritten;
      length -= bytesWritten;
      rest = length === 0 ? [] : [Buffer.concat(rest).subarray(bytesWritten)];
    }
    held = [];
  };
  for await (const chunk of source) {
    held.push(chunk);
    length += chunk.length;
    if (length >= piece) {
      await flush();
    }
  }
  await flush();
}
