import type { Finding } from '#health/finding.ts';
import { examineBackupLogin } from './backup-login.ts';
import { type Looked, serversOf } from './looked.ts';
import { examineRestoreLogin } from './restore-login.ts';

/** For each server of these tenants: who reads for backups and who makes databases there, and whether both may. */
export async function examineLogins(world: Looked): Promise<readonly Finding[]> {
  const found = await Promise.all(
    serversOf(world).map(async (server) => [
      ...(await examineBackupLogin(server, world)),
      ...(await examineRestoreLogin(server, world)),
    ]),
  );
  return found.flat();
}
