import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild } from './daemon/child.ts';
import { findRunning } from './daemon/running.ts';
import { privateFolderPrefix } from './daemon/serve.ts';
import { sandboxFolder } from './folder.ts';

export const defaultTenants = 12;
export const defaultSeed = 17;

/** The estate of the sandbox that `till sandbox up` started; null when none is up. */
export async function runningSandbox(
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<{ readonly estatePath: string } | null> {
  const running = await findRunning(sandboxFolder(env));
  return running === null ? null : { estatePath: running.state.estate };
}

/** A sandbox for this run alone. It ends with us, however we end, and leaves nothing. */
export async function startPrivateSandbox(options: {
  readonly progress: (line: string) => void;
  readonly tenants?: number;
  readonly seed?: number;
  /** With a ledger of its own, people, a policy and an agent. */
  readonly team?: boolean;
  /** The file that starts till; this very program when left out. */
  readonly entry?: string;
  readonly signal?: AbortSignal;
}): Promise<{ readonly estatePath: string; close(): Promise<void> }> {
  const { tenants = defaultTenants, seed = defaultSeed, ...rest } = options;
  const folder = await mkdtemp(join(tmpdir(), privateFolderPrefix));
  try {
    const { state, process: child } = await startChild({ lifetime: 'private', folder, tenants, seed, ...rest });
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    return {
      estatePath: state.estate,
      close: async () => {
        if (child.exitCode === null && child.signalCode === null) {
          child.disconnect();
          await ended;
        }
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
