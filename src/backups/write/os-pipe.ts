import { execFile } from 'node:child_process';
import { constants, type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Both ends of a pipe of the system's own: what a program writes into one, another reads from the other. */
export interface OsPipe {
  readonly reading: FileHandle;
  readonly writing: FileHandle;
  /** Ours of the ends; each program has its own. Only then does the one hear that the other has ended. */
  close(): Promise<void>;
}

/** Node has no call for it: a named one, opened at both ends, and its name taken away at once. */
export async function osPipe(): Promise<OsPipe> {
  const folder = await mkdtemp(join(tmpdir(), 'till-pipe-'));
  const path = join(folder, 'pipe');
  try {
    await promisify(execFile)('mkfifo', ['-m', '600', path]);
    // Whoever opens one end waits for the other, unless somebody has both.
    const both = await open(path, constants.O_RDWR);
    const [reading, writing] = [await open(path, 'r'), await open(path, 'w')];
    await both.close();
    return {
      ...{ reading, writing },
      async close() {
        await Promise.all([reading.close(), writing.close()]);
      },
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
