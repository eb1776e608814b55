import { execFileSync, spawnSync } from 'node:child_process';
import { open, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { newAgeKeys } from '#sandbox/backups/keys.ts';
import { gatherPrograms } from '#sandbox/backups/programs.ts';
import { folderOf } from '../../estate/folder.ts';

afterEach(() => vi.unstubAllEnvs());

const gather = (folder: string, serverMajor = 15) =>
  gatherPrograms({ folder, serverMajor, progress: () => undefined, signal: new AbortController().signal });

/** A folder with all of this machine's programs but some. */
async function pathWithout(left: readonly string[]): Promise<string> {
  const folder = await folderOf();
  for (const place of ['/usr/bin', '/bin', '/usr/sbin', '/sbin']) {
    for (const name of (await readdir(place)).filter((one) => !left.includes(one))) {
      await symlink(join(place, name), join(folder, name)).catch(() => undefined);
    }
  }
  return folder;
}

describe('programs that this machine lacks', () => {
  it('are scripts that hand on arguments, descriptors and the exit code', async () => {
    const folder = join(await folderOf(), 'programs');
    vi.stubEnv('PATH', await pathWithout(['age', 'zstd']));
    await gather(folder);
    expect(await readdir(folder)).toEqual(expect.arrayContaining(['age', 'zstd']));
    const run = (name: string, args: readonly string[], input: string | Buffer = '') =>
      execFileSync(join(folder, name), args, { input, stdio: ['pipe', 'pipe', 'pipe'] });
    expect(run('zstd', ['-q', '-d'], run('zstd', ['-q', '-1'], 'one two three')).toString()).toBe('one two three');
    const { identity, recipient } = newAgeKeys();
    const sealed = run('age', ['-r', recipient], 'a dump');
    const key = await open(join(await folderOf({ key: identity }), 'key'));
    const opened = spawnSync(join(folder, 'age'), ['-d', '-i', '/dev/fd/3'], {
      input: sealed,
      stdio: ['pipe', 'pipe', 'pipe', key.fd],
    });
    await key.close();
    expect(opened.stdout.toString()).toBe('a dump');
    const failed = spawnSync(join(folder, 'age'), ['-r', `it's "quoted"  $HOME`]);
    expect(failed.status).toBe(1);
    expect(failed.stderr.toString()).toContain(`it's \\"quoted\\"  $HOME`);
  }, 120_000);

  it('that are nowhere to be had are named, and the rest goes on', async () => {
    const folder = join(await folderOf(), 'programs');
    expect(await gather(folder, 99)).toEqual(['postgresql-client-99']);
  }, 120_000);

  it('are not looked for once nobody waits any more', async () => {
    const folder = join(await folderOf(), 'programs');
    const gone = AbortSignal.abort();
    expect(await gatherPrograms({ folder, serverMajor: 99, progress: () => undefined, signal: gone })).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });
});
