import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Account } from './account.ts';
import { cacheFolder } from './folders.ts';
import { run } from './run.ts';

/**
 * Debian's own package, downloaded and checked by apt, unpacked beside the system instead of into it: no root, no
 * service started, nothing to remove later but a cache folder (facts: data-tier.md §5.3).
 */
export async function unpackedFromDebian(
  packages: readonly string[],
  account: Account | null,
  progress: (line: string) => void,
  signal?: AbortSignal,
): Promise<string | null> {
  const cache = await cacheFolder(account);
  const target = join(cache, `debian-${packages.join('+')}`);
  if (await isFolder(target)) {
    return target;
  }
  const [apt, dpkg] = await Promise.all([run('apt-get', ['--version']), run('dpkg', ['--version'])]);
  if (apt.code !== 0 || dpkg.code !== 0) {
    return null;
  }
  progress(`getting ${packages.join(', ')} from Debian`);
  const work = await mkdtemp(join(cache, 'unpack-'));
  try {
    const options = await aptOptions(cache, packages, signal);
    const wanted = [...packages, ...(await missingLibraries(packages, options))];
    const download = await run('apt-get', [...options, 'download', ...wanted], {
      cwd: work,
      ...(signal === undefined ? {} : { signal }),
    });
    if (download.code !== 0) {
      return null;
    }
    const root = join(work, 'root');
    await mkdir(root);
    for (const file of (await readdir(work)).filter((name) => name.endsWith('.deb'))) {
      if ((await run('dpkg', ['-x', join(work, file), root])).code !== 0) {
        return null;
      }
    }
    // Another run may have been quicker; its copy is as good.
    await rename(root, target).catch(() => undefined);
    return (await isFolder(target)) ? target : null;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Library folders of an unpacked package, for LD_LIBRARY_PATH. */
export async function libraryPath(root: string): Promise<string> {
  const folders: string[] = [];
  for (const base of ['usr/lib', 'lib']) {
    const names = await readdir(join(root, base)).catch(() => []);
    folders.push(...names.filter((name) => name.includes('linux-gnu')).map((name) => join(root, base, name)));
  }
  return folders.join(':');
}

/** The system's package lists where they know the package; else lists of our own, which need no root either. */
async function aptOptions(
  cache: string,
  packages: readonly string[],
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const known = await run('apt-cache', ['policy', ...packages]);
  const candidates = [...known.stdout.matchAll(/Candidate: (.+)/g)].filter(([, version]) => version !== '(none)');
  const unsandboxed = ['-o', 'APT::Sandbox::User='];
  // Lists that are there and do not know it: this release has no such package, and lists of our own would say the same.
  const lists = await readdir('/var/lib/apt/lists').catch(() => []);
  if (candidates.length === packages.length || lists.some((name) => name.includes('_Packages'))) {
    return unsandboxed;
  }
  const own = [
    ...unsandboxed,
    ...['-o', `Dir::State::lists=${join(cache, 'apt/lists')}`],
    ...['-o', `Dir::Cache=${join(cache, 'apt/cache')}`],
    ...['-o', 'Debug::NoLocking=true'],
  ];
  await mkdir(join(cache, 'apt/lists/partial'), { recursive: true });
  await mkdir(join(cache, 'apt/cache/archives/partial'), { recursive: true });
  await run('apt-get', [...own, 'update'], { timeoutMs: 300_000, ...(signal === undefined ? {} : { signal }) });
  return own;
}

/** Libraries that the packages need and this machine lacks. LLVM only serves the JIT, which stays off. */
async function missingLibraries(packages: readonly string[], options: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await run('apt-cache', [...options, 'depends', '--important', ...packages]);
  const libraries = [...stdout.matchAll(/^ +\|?(?:Pre)?Depends: (lib[^\s]+)/gm)]
    .map((match) => match[1] ?? '')
    .filter((name) => name !== 'libc6' && !name.startsWith('libllvm'));
  const missing: string[] = [];
  for (const name of new Set(libraries)) {
    const { stdout: status } = await run('dpkg-query', ['-s', name]);
    if (!status.includes('Status: install ok installed')) {
      missing.push(name);
    }
  }
  return missing;
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() ?? false;
}
