import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { envWithPrograms, program } from '#backups/programs.ts';
import { folderOf } from '../estate/folder.ts';

async function folderWith(said: string): Promise<string> {
  const folder = await folderOf({ zstd: `#!/bin/sh\necho '${said}'\n` });
  await chmod(join(folder, 'zstd'), 0o700);
  return folder;
}

describe('a program of a backup', () => {
  it.each([
    ['*** Zstandard CLI (64-bit) v1.5.4, by Yann Collet ***', '1.5.4'],
    ['pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)', '15.18'],
    ['pg_dump (PostgreSQL) 19beta2', '19'],
    ['tar (GNU tar) 1.34', '1.34'],
  ])('that says %s is of version %s', async (said, version) => {
    expect(await program('zstd', { PATH: await folderWith(said) })).toMatchObject({ version });
  });

  it('is looked for in the estate’s own folders first', async () => {
    const [own, system] = [await folderWith('1.9.9'), await folderWith('1.0.0')];
    const env = envWithPrograms({ PATH: system }, [own]);
    expect(await program('zstd', env)).toEqual({ path: join(own, 'zstd'), version: '1.9.9' });
  });

  it('that is nowhere is named, with what to install', async () => {
    await expect(program('zstd', { PATH: await folderOf() })).rejects.toMatchObject({
      ...{ message: 'the program zstd is not here', next: 'install it: apt-get install zstd' },
    });
  });
});
