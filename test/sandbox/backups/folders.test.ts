import { access, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeBackupFolders, removeBackupFolders, writeBackupSecrets } from '#sandbox/backups/folders.ts';
import { folderOf } from '../../estate/folder.ts';

const values = { backup: 'b', restore: 'r', identity: 'AGE-SECRET-KEY-1X', signing: 'PEM\n' };

describe('the folders of a sandbox’s backups', () => {
  it('are private, and gone with everything in them and every secret', async () => {
    const folder = await folderOf();
    const made = await makeBackupFolders(folder);
    const secrets = await writeBackupSecrets(folder, values);
    for (const path of Object.values(made)) {
      expect((await stat(path)).mode & 0o777).toBe(0o700);
    }
    for (const path of Object.values(secrets)) {
      expect((await stat(path)).mode & 0o777).toBe(0o600);
    }
    await writeFile(join(made.vault, 'a-backup'), '');
    await removeBackupFolders(folder);
    expect(await readdir(folder)).toEqual([]);
  });

  it('that a killed sandbox left behind are cleared by the next', async () => {
    const folder = await folderOf();
    const { vault } = await makeBackupFolders(folder);
    await writeFile(join(vault, 'a-backup'), '');
    await makeBackupFolders(folder);
    expect(await readdir(vault)).toEqual([]);
  });

  it('that are somebody else’s are neither used nor removed', async () => {
    const folder = await folderOf();
    await mkdir(join(folder, 'vault'));
    await writeFile(join(folder, 'vault', 'family-photos'), '');
    await expect(makeBackupFolders(folder)).rejects.toMatchObject({
      reason: 'folder-in-use',
      target: join(folder, 'vault'),
    });
    await removeBackupFolders(folder);
    await access(join(folder, 'vault', 'family-photos'));
  });
});
