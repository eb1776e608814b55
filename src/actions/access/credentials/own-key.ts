import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exitCodes, TillError } from '#text/till-error.ts';
import { type KeyPair, newKey, publicKeyOf } from './seal.ts';

const fileName = 'key';

/** The key that credentials are sealed to on this machine; made at the first ask. `folder` is the estate's state folder. */
export function ownKey(folder: string): KeyPair {
  const known = keyIn(folder);
  if (known !== null) {
    return known;
  }
  const made = newKey();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const draft = join(folder, `${fileName}.${randomBytes(6).toString('hex')}`);
  writeFileSync(draft, `${made.privateKey}\n`, { mode: 0o600, flag: 'wx' });
  try {
    // Never over another's: of two that start at once the first makes the key.
    linkSync(draft, join(folder, fileName));
  } catch {
    // The other one did.
  } finally {
    rmSync(draft, { force: true });
  }
  return keyIn(folder) ?? made;
}

/** The key of this machine, or null when none has been made. Refuses one that others could have read. */
export function keyIn(folder: string): KeyPair | null {
  const path = join(folder, fileName);
  let privateKey: string;
  try {
    if ((statSync(path).mode & 0o077) !== 0) {
      throw new TillError(`${path} can be read by others, so what is sealed to it is open to them`, {
        exit: exitCodes.refused,
        reason: 'key-open-to-others',
        target: path,
        next: `chmod 600 ${path}, or remove it and tell your approvers the new key (\`till access key\`)`,
      });
    }
    privateKey = readFileSync(path, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return null;
    }
    throw error;
  }
  return { privateKey, publicKey: publicKeyOf(privateKey) };
}
