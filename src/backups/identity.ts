import { randomBytes } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exitCodes, TillError } from '#text/till-error.ts';

/** The descriptor under which a child finds it. */
export const identityDescriptor = 3;
export const identityArguments = ['-i', `/dev/fd/${identityDescriptor}`] as const;

/**
 * The age identity as an open file without a name: a child reads it by its descriptor, no argument or environment carries it, and
 * no kill leaves it behind. The caller closes it once the child has started.
 */
export async function identityFile(identity: string): Promise<FileHandle> {
  if (!/^AGE-SECRET-KEY-1[0-9A-Z]+$/m.test(identity)) {
    throw new TillError('`backups.identity` holds no age identity', {
      exit: exitCodes.usage,
      reason: 'identity',
      next: 'age-keygen makes one; its file has a line AGE-SECRET-KEY-1…',
    });
  }
  const path = join(tmpdir(), `till-${randomBytes(12).toString('hex')}`);
  const file = await open(path, 'wx+', 0o600);
  try {
    await unlink(path);
    // By position, so that whoever shares the descriptor reads from the start.
    await file.write(`${identity.trim()}\n`, 0);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}
