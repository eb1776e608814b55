import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { ProgramFailure, start } from './child.ts';
import { identityArguments, identityFile } from './identity.ts';
import type { Part } from './manifest.ts';
import { DamagedBackup } from './manifest-file.ts';
import { type Expected, feed, inWords, type Sealing } from './open-sealed.ts';

const piece = 1024 ** 2;
const everyMs = 10;

/**
 * What was sealed into these parts, in an empty file: from `age` to `zstd` to the disk, so that the plain bytes go through this process
 * once, to be summed, and hold up none of the programs. When it returns, every part's size and sum, both programs and the whole are
 * right; what is in the file before that is to be thrown away. Throws as `openSealed` does.
 */
export async function openIntoFile(
  sealing: Sealing,
  parts: readonly Part[],
  expected: Expected,
  file: FileHandle,
): Promise<void> {
  const { programs, signal } = sealing;
  signal?.throwIfAborted();
  const identity = await identityFile(sealing.identity);
  const age = start(programs.age.path, ['-d', ...identityArguments], {
    ...{ stdin: 'pipe', stdout: 'pipe' },
    more: [identity.fd],
  });
  const [into, between] = [age.process.stdin, age.process.stdout];
  if (into === null || between === null) {
    await identity.close();
    throw new ProgramFailure('age', -1, null, 'it could not be started');
  }
  const zstd = start(programs.zstd.path, ['-d', '-q', '-c'], { stdin: between, stdout: file.fd });
  const stop = () => {
    age.stop();
    zstd.stop();
  };
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const feeding = feed(into, parts, sealing);
    // Without an end age would wait for ever; what it makes of a torn one is not believed.
    feeding.catch(() => into.destroy());
    const written = Promise.allSettled([feeding, age.done, zstd.done]);
    const found = await summed(file, expected.size, written);
    signal?.throwIfAborted();
    // In this order: a damaged part is why age stops, and that is why zstd does.
    const [wrong] = (await written).flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    const key = parts[0]?.key ?? '';
    if (wrong !== undefined) {
      throw inWords(wrong, key);
    }
    if (found.size !== expected.size || found.sha256 !== expected.sha256) {
      const words =
        found.size === expected.size
          ? 'its bytes are others than were sealed'
          : `it holds ${found.size} of ${expected.size} bytes`;
      throw new DamagedBackup(key, `opened, ${words}`);
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    stop();
    await Promise.allSettled([age.done, zstd.done]);
    await identity.close();
  }
}

/** Reads behind who writes, to the end of what was written, or of what there should be. */
async function summed(file: FileHandle, most: number, written: Promise<unknown>): Promise<Expected> {
  let isWritten = false;
  const ended = written.then(() => {
    isWritten = true;
  });
  const sum = createHash('sha256');
  const buffer = Buffer.allocUnsafe(piece);
  let size = 0;
  for (;;) {
    // Asked before the read: what is read after the end is all of it.
    const isLast = isWritten;
    const { bytesRead } = await file.read(buffer, 0, piece, size);
    sum.update(buffer.subarray(0, bytesRead));
    size += bytesRead;
    if (bytesRead === 0 || size > most) {
      if (isLast || size > most) {
        return { size, sha256: sum.digest('hex') };
      }
      await Promise.race([ended, pause(everyMs)]);
    }
  }
}
