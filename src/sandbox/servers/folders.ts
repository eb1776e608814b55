import { chmod, mkdir, mkdtemp } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { exitCodes, TillError } from '#text/till-error.ts';
import { type Account, giveTo, isReachable } from './account.ts';

/** A new private folder that the servers' account owns and can reach. */
export async function newServerFolder(account: Account | null): Promise<string> {
  for (const parent of new Set([tmpdir(), '/tmp', '/var/tmp', '/dev/shm'])) {
    if (await isReachable(account, parent)) {
      const folder = await mkdtemp(join(parent, 'till-')).catch(() => null);
      if (folder !== null) {
        await chmod(folder, 0o700);
        await giveTo(account, folder);
        return folder;
      }
    }
  }
  throw new TillError('no temporary folder that servers can use', {
    exit: exitCodes.failed,
    reason: 'no-temporary-folder',
    target: tmpdir(),
    next: 'set TMPDIR to a folder that can be written and that other users may enter',
  });
}

/** Where unpacked packages are kept between runs; for root a place that the servers' account can reach. */
export async function cacheFolder(
  account: Account | null,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<string> {
  const own = join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'till');
  const folder = (await isReachable(account, own)) ? own : '/var/cache/till';
  await mkdir(folder, { recursive: true });
  return folder;
}
