import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { exitCodes, TillError } from '#text/till-error.ts';
import { type Account, isReachable } from './account.ts';
import { libraryPath, unpackedFromDebian } from './debian.ts';
import { run } from './run.ts';

export interface RedisBinary {
  readonly path: string;
  /** Such as `7.0.15`. */
  readonly version: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Redis or Valkey on PATH, else Debian's redis-server, unpacked: no npm package ships one (data-tier.md §5.3). */
export async function redisBinary(account: Account | null, progress: (line: string) => void): Promise<RedisBinary> {
  const found = (await onPath(account)) ?? (await fromDebian(account, progress));
  if (found === null) {
    throw new TillError('Redis is not here and could not be had', {
      exit: exitCodes.failed,
      reason: 'no-redis',
      next: 'install it: `apt-get install redis-server`, or put `redis-server` or `valkey-server` on PATH',
    });
  }
  return found;
}

async function onPath(account: Account | null): Promise<RedisBinary | null> {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const name of ['redis-server', 'valkey-server']) {
    for (const folder of folders) {
      const usable = await usableAt(join(folder, name), account, process.env);
      if (usable !== null) {
        return usable;
      }
    }
  }
  return null;
}

async function fromDebian(account: Account | null, progress: (line: string) => void): Promise<RedisBinary | null> {
  const root = await unpackedFromDebian(['redis-server', 'redis-tools'], account, progress);
  if (root === null) {
    return null;
  }
  const env = { ...process.env, LD_LIBRARY_PATH: await libraryPath(root) };
  return usableAt(join(root, 'usr/bin/redis-server'), account, env);
}

/** Version 6 brought ACLs and errorstats came with 6.2; an older server is none for us. */
async function usableAt(path: string, account: Account | null, env: NodeJS.ProcessEnv): Promise<RedisBinary | null> {
  const isThere = await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!isThere || !(await isReachable(account, path))) {
    return null;
  }
  const { code, stdout } = await run(path, ['--version'], { env, account });
  const version = /v=(\d+)\.[\d.]+/.exec(stdout);
  return code === 0 && version !== null && Number(version[1]) >= 6 ? { path, version: version[0].slice(2), env } : null;
}
