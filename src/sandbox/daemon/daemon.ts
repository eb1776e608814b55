import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exitCodes, TillError } from '#text/till-error.ts';
import { makePrivateFolder, writePrivately } from '../folder.ts';
import { startSandbox, type Tables } from '../sandbox.ts';
import type { Team } from '../team/team.ts';
import { type Control, openControl, type Request } from './control.ts';
import { findRunning } from './running.ts';
import { logFile, removeState, type SandboxState, type SandboxStatus, writeState } from './state.ts';

export interface DaemonOptions {
  readonly folder: string;
  readonly tenants: number;
  readonly seed: number;
  readonly tables: Tables;
  /** With a ledger of its own, people, a policy and an agent. */
  readonly team?: boolean;
  readonly progress: (line: string) => void;
  readonly signal?: AbortSignal;
}

export interface Daemon {
  readonly state: SandboxState;
  /** Settles when somebody said `down`, or with a sentence when a server broke away. */
  readonly over: Promise<string | null>;
  close(): Promise<void>;
}

/** A sandbox that other processes can talk to. One for each folder. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { folder, tenants, seed } = options;
  const other = await findRunning(folder);
  if (other !== null) {
    throw new TillError('a sandbox is up already', {
      exit: exitCodes.failed,
      reason: 'sandbox-is-up',
      target: folder,
      next: '`till --sandbox` uses it; `till sandbox down` ends it',
    });
  }
  await makePrivateFolder(folder);
  const sandbox = await startSandbox(options);
  const over = Promise.withResolvers<string | null>();
  const passwordFile = join(folder, 'superuser.password');
  let control: Control | null = null;
  let team: Team | null = null;
  const close = async () => {
    await removeState(folder);
    await control?.close();
    await team?.close();
    await sandbox.close();
    await rm(passwordFile, { force: true });
    await rm(join(folder, logFile), { force: true });
  };
  try {
    await writePrivately(passwordFile, `${sandbox.superuser.password}\n`);
    if (options.team === true) {
      const { startTeam } = await import('../team/team.ts');
      team = await startTeam({ sandbox, folder, progress: options.progress });
    }
    control = await openControl(answer);
    const state: SandboxState = {
      pid: process.pid,
      control: control.path,
      startedAt: new Date().toISOString(),
      estate: sandbox.estatePath,
      kubeconfig: sandbox.kubeconfigPath,
      tenants,
      seed,
      postgres: {
        host: sandbox.superuser.host,
        port: sandbox.superuser.port,
        user: sandbox.superuser.user,
        passwordFile,
      },
      redis: { host: sandbox.redis.host, port: sandbox.redis.port },
      front: { port: sandbox.frontPort },
    };
    await writeState(folder, state);
    void sandbox.broken.then((what) => over.resolve(what));
    return { state, over: over.promise, close };

    async function answer(request: Request): Promise<unknown> {
      switch (request.word) {
        case 'status':
          return { state, scenarios: sandbox.rehearsal.running } satisfies SandboxStatus;
        case 'scenario':
          return request.off
            ? sandbox.rehearsal.end(request.name, request.tenant)
            : [await sandbox.rehearsal.begin(request.name, request.tenant)];
        case 'reset':
          return sandbox.reset();
        case 'down':
          over.resolve(null);
          return null;
      }
    }
  } catch (error) {
    await close();
    throw error;
  }
}
