import { setTimeout as delay } from 'node:timers/promises';
import type { EstateEndpoints } from '../estate-file.ts';
import type { Roles } from '../roles.ts';
import { type BackupFolders, makeBackupFolders, removeBackupFolders, writeBackupSecrets } from './folders.ts';
import { newAgeKeys, newSigningKey } from './keys.ts';
import { gatherPrograms } from './programs.ts';

export interface SandboxBackups {
  readonly folders: BackupFolders;
  /** Begins to look for programs, beside everything else that starts. */
  gather(serverVersion: string): void;
  /** Writes the secrets, and waits a moment for the programs: what is not there by then comes when it comes. */
  endpoints(roles: Roles): Promise<EstateEndpoints['backups']>;
  close(): Promise<void>;
}

/** Nobody waits longer than this for a download. */
const patienceMs = 1500;

export async function openBackups(folder: string, progress: (line: string) => void): Promise<SandboxBackups> {
  const folders = await makeBackupFolders(folder);
  const over = new AbortController();
  let gathering: Promise<void> = Promise.resolve();
  const tell = (line: string) => {
    if (!over.signal.aborted) {
      progress(line);
    }
  };
  return {
    folders,
    gather(serverVersion) {
      gathering = gatherPrograms({
        ...{ folder: folders.programs, serverMajor: Number.parseInt(serverVersion, 10) },
        ...{ progress: tell, signal: over.signal },
      })
        .then((missing) => {
          if (missing.length > 0) {
            tell(
              `\`till backup\` needs ${missing.join(', ')}, which is neither here nor to be had; all else works without`,
            );
          }
        })
        // Whoever listens may have gone; and what is missing is said again by who needs it.
        .catch(() => undefined);
    },
    async endpoints({ backup, restore }) {
      const { identity, recipient } = newAgeKeys();
      const secrets = { backup: backup.password, restore: restore.password, identity, signing: newSigningKey() };
      const files = await writeBackupSecrets(folder, secrets);
      await Promise.race([gathering, delay(patienceMs, undefined, { signal: over.signal }).catch(() => undefined)]);
      return {
        folders,
        backup: { user: backup.user, passwordFile: files.backup },
        restore: { user: restore.user, passwordFile: files.restore },
        ...{ recipient, identityFile: files.identity, signingFile: files.signing },
      };
    },
    async close() {
      over.abort();
      await gathering;
      await removeBackupFolders(folder);
    },
  };
}
