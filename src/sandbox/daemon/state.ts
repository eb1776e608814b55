import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writePrivately } from '../folder.ts';
import type { RunningScenario } from '../scenarios/rehearsal.ts';

/** What `sandbox.json` says of a sandbox that is up, for whoever looks from another process. */
export interface SandboxState {
  readonly pid: number;
  /** The control socket. */
  readonly control: string;
  readonly startedAt: string;
  readonly estate: string;
  readonly kubeconfig: string;
  readonly tenants: number;
  readonly seed: number;
  readonly postgres: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly passwordFile: string;
  };
  readonly redis: { readonly host: string; readonly port: number };
  readonly front: { readonly port: number };
}

/** What a sandbox says of itself when it is asked. */
export interface SandboxStatus {
  readonly state: SandboxState;
  readonly scenarios: readonly RunningScenario[];
}

/** What a detached sandbox has to say that nobody reads as it happens. */
export const logFile = 'sandbox.log';

const pathIn = (folder: string) => join(folder, 'sandbox.json');

export async function writeState(folder: string, state: SandboxState): Promise<void> {
  await writePrivately(pathIn(folder), `${JSON.stringify(state, null, 2)}\n`);
}

export async function readState(folder: string): Promise<SandboxState | null> {
  const text = await readFile(pathIn(folder), 'utf8').catch(() => null);
  if (text === null) {
    return null;
  }
  try {
    const state: Partial<SandboxState> = JSON.parse(text);
    return typeof state.control === 'string' && typeof state.pid === 'number' ? (state as SandboxState) : null;
  } catch {
    return null;
  }
}

export async function removeState(folder: string): Promise<void> {
  await rm(pathIn(folder), { force: true });
}
