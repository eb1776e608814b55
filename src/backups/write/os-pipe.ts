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

/** Node has no call for it: two named ones, each opened at both ends, and their names taken away at once. */
export async function twoPipes(): Promise<readonly [OsPipe, OsPipe]> {
  const folder = await mkdtemp(join(tmpdir(), 'till-pipes-'));
  const [one, two] = [join(folder, 'one'), join(folder, 'two')];
  try {
    await promisify(execFile)('mkfifo', ['-m', '600', one, two]);
    return [await opened(one), await opened(two)];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function opened(path: string): Promise<OsPipe> {
  // Whoever opens one end waits for the other, unless somebody has both.
  const both = await open(path, constants.O_RDWR);
  try {
    const [reading, writing] = [await open(path, 'r'), await open(path, 'w')];
    return {
      ...{ reading, writing },
      async close() {
        await Promise.all([reading.close(), writing.close()]);
      },
    };
  } finally {
    await both.close();
  }
}
