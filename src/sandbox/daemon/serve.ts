import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { exitCodes, TillError } from '#text/till-error.ts';
import type { Tables } from '../sandbox.ts';
import { type Lifetime, lifetimeVariable, type Message } from './child.ts';
import { startDaemon } from './daemon.ts';

/** What this process was told to be by the one that started it; null for one that a person started. */
export function lifetime(env: Readonly<Record<string, string | undefined>>): Lifetime | null {
  const word = env[lifetimeVariable];
  return process.send !== undefined && (word === 'detached' || word === 'private') ? word : null;
}

export const privateFolderPrefix = 'till-sandbox-';

/** Is the sandbox for the process that started us, until it is over. */
export async function serveAsChild(
  kind: Lifetime,
  options: {
    readonly folder: string;
    readonly tenants: number;
    readonly seed: number;
    readonly tables: Tables;
    readonly team?: boolean;
  },
): Promise<void> {
  const left = new Promise<void>((resolve) => process.once('disconnect', resolve));
  const say = (message: Message) => void (process.connected && process.send?.(message));
  try {
    // Whoever waits for us may go before we stand: nobody would ever end us then.
    const gone = new AbortController();
    const leave = () => gone.abort();
    process.once('disconnect', leave);
    const daemon = await startDaemon({ ...options, signal: gone.signal, progress: (progress) => say({ progress }) });
    process.off('disconnect', leave);
    say({ ready: daemon.state });
    const ends: Promise<unknown>[] = [daemon.over, new Promise((resolve) => process.once('SIGTERM', resolve))];
    if (kind === 'private') {
      ends.push(left);
    } else {
      process.disconnect?.();
    }
    await Promise.race(ends);
    await daemon.close();
  } catch (error) {
    const { message } = error instanceof Error ? error : { message: String(error) };
    const { exit, reason, next } =
      error instanceof TillError ? error : { exit: exitCodes.failed, reason: 'sandbox-failed', next: null };
    say({ failed: { message, exit, reason, next } });
  } finally {
    if (kind === 'private' && basename(options.folder).startsWith(privateFolderPrefix)) {
      await rm(options.folder, { recursive: true, force: true });
    }
  }
}
