import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exitCodes, TillError } from '#text/till-error.ts';
import { writePrivately } from '../folder.ts';

const names = ['vault', 'filestore', 'recovery', 'programs'] as const;
const secrets = {
  backup: 'backup.password',
  restore: 'restore.password',
  identity: 'backups.identity',
  signing: 'backups.signing.pem',
} as const;
type Secrets = Readonly<Record<keyof typeof secrets, string>>;
/** Says that the folders beside it are a sandbox's, whose end takes them with it. */
const mark = 'sandbox.folders';

export type BackupFolders = Readonly<Record<(typeof names)[number], string>>;

/** Folders of our own in the sandbox's. One that somebody else has filled is left alone: the sandbox's end would take it away. */
export async function makeBackupFolders(folder: string): Promise<BackupFolders> {
  await removeBackupFolders(folder);
  for (const name of names) {
    const held = await readdir(join(folder, name)).catch(() => []);
    if (held.length > 0) {
      throw new TillError(`${join(folder, name)} holds something, and no sandbox has put it there`, {
        exit: exitCodes.failed,
        reason: 'folder-in-use',
        target: join(folder, name),
        next: 'move it away, or choose another folder: TILL_SANDBOX_DIR=…',
      });
    }
  }
  await writePrivately(join(folder, mark), `${names.join('\n')}\n`);
  const made = names.map((name) => [name, join(folder, name)] as const);
  await Promise.all(made.map(([, path]) => mkdir(path, { recursive: true, mode: 0o700 })));
  return Object.fromEntries(made) as unknown as BackupFolders;
}

/** With every secret; the mark goes last, so that whoever comes after a kill goes on. */
export async function removeBackupFolders(folder: string): Promise<void> {
  await Promise.all(Object.values(secrets).map((name) => rm(join(folder, name), { force: true })));
  const held: readonly string[] = await readdir(folder).catch(() => []);
  if (!held.includes(mark)) {
    return;
  }
  await Promise.all(names.map((name) => rm(join(folder, name), { recursive: true, force: true, maxRetries: 3 })));
  await rm(join(folder, mark), { force: true });
}

/** Each in a file of its own, trimmed and ended by one line break. Returns their paths. */
export async function writeBackupSecrets(folder: string, values: Secrets): Promise<Secrets> {
  const path = (name: keyof typeof secrets) => join(folder, secrets[name]);
  const paths = {
    backup: path('backup'),
    restore: path('restore'),
    identity: path('identity'),
    signing: path('signing'),
  };
  const all = Object.keys(paths) as (keyof typeof secrets)[];
  await Promise.all(all.map((name) => writePrivately(paths[name], `${values[name].trim()}\n`)));
  return paths;
}
