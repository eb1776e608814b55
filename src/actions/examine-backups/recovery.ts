import { access, constants, stat } from 'node:fs/promises';
import { type Finding, flaw, ok } from '#health/finding.ts';
import type { Looked } from './looked.ts';
import { examined, isMaker } from './session.ts';
import { freeIn } from './store.ts';

/** Where a restore is rehearsed: its login, and the folder for files. */
export async function examineRecovery(world: Looked): Promise<readonly Finding[]> {
  const { recovery } = world.backups;
  if (recovery === undefined) {
    return [
      flaw('backups', 'recovery', 'weak', 'the estate names no place for it: drills go to the tenants’ own servers', {
        next: 'name a server and a folder under backups.recovery',
      }),
    ];
  }
  const server = recovery.postgres;
  const subject = `postgres/${server}`;
  const login = await examined(subject, 'recovery login', server, 'recovery', world, async (session, { user }) => [
    (await isMaker(session))
      ? ok(subject, 'recovery login', `${user} may make databases`)
      : flaw(subject, 'recovery login', 'missing', `${user} may not make databases: it lacks CREATEDB`, {
          next: 'till estate grants --restore prints the SQL',
        }),
  ]);
  return [...login, await folder(recovery.filestore)];
}

async function folder(path: string): Promise<Finding> {
  const check = 'recovery folder';
  const found = await stat(path).catch(() => null);
  if (found?.isDirectory() !== true) {
    return flaw('backups', check, 'missing', `${path} is ${found === null ? 'not there' : 'no folder'}`, {
      next: `mkdir -m 700 -p ${path}`,
    });
  }
  try {
    await access(path, constants.W_OK | constants.X_OK);
  } catch {
    return flaw('backups', check, 'missing', `this user may not write to ${path}`);
  }
  return (found.mode & 0o007) === 0
    ? ok('backups', check, `${path}, ${await freeIn(path)}`)
    : flaw('backups', check, 'weak', `${path} is open to other users, and customers’ files go there`, {
        next: `chmod o= ${path}`,
      });
}
