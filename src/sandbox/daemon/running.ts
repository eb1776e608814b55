import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { removeBackupFolders } from '../backups/folders.ts';
import { ask, removeSocket } from './control.ts';
import { logFile, readState, removeState, type SandboxStatus } from './state.ts';

/** Files of ours in the folder; nobody answers for them any more. The servers ended with the sandbox (servers/guard.ts). */
async function removeLeftovers(folder: string): Promise<void> {
  const names = ['estate.yaml', 'kubeconfig', 'kubernetes-ca.crt', logFile];
  const log = 'kubernetes-audit.log';
  const secrets = ['postgres', 'redis', 'superuser'].map((name) => `${name}.password`);
  await removeBackupFolders(folder);
  await rm(join(folder, 'team'), { recursive: true, force: true });
  await Promise.all([...names, log, `${log}.1`, ...secrets].map((name) => rm(join(folder, name), { force: true })));
}

/** The sandbox of a folder, asked and alive. What one that was killed has left behind is cleared away. */
export async function findRunning(folder: string): Promise<SandboxStatus | null> {
  const state = await readState(folder);
  if (state === null) {
    return null;
  }
  const answer = await ask(state.control, { word: 'status' });
  if (answer === null) {
    await removeSocket(state.control);
    await removeLeftovers(folder);
    await removeState(folder);
    return null;
  }
  return answer.value as SandboxStatus;
}
