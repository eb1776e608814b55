import { randomBytes } from 'node:crypto';
import { type FileHandle, open, statfs, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Part } from '#backups/manifest.ts';
import { DamagedBackup } from '#backups/manifest-file.ts';
import { openIntoFile } from '#backups/open-into-file.ts';
import type { Expected, Sealing } from '#backups/open-sealed.ts';
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
 * behind. The whole of it has been written and summed when this returns. Closed by the caller. Throws as `openIntoFile` does.
 */
export async function writeScratch(sealing: Sealing, parts: readonly Part[], expected: Expected): Promise<FileHandle> {
  const folder = scratchFolder();
  await mustHaveRoom(folder, expected.size, 'the dump');
  const path = join(folder, `till-${randomBytes(12).toString('hex')}`);
  const file = await open(path, 'wx+', 0o600);
  try {
    await unlink(path);
    await fill(file, sealing, parts, expected);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Others write to that disk too. */
export async function fill(
  file: FileHandle,
  sealing: Sealing,
  parts: readonly Part[],
  expected: Expected,
): Promise<void> {
  try {
    await openIntoFile(sealing, parts, expected, file);
  } catch (error) {
    throw error instanceof DamagedBackup && /No space left on device|File too large|quota/i.test(error.message)
      ? new WriteFailure('refused', `the disk of ${scratchFolder()} is full: nothing was restored`, 'no-room')
      : error;
  }
}
