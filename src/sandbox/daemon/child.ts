import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { type ExitCode, exitCodes, TillError } from '#text/till-error.ts';
import { logFile, type SandboxState } from './state.ts';

/**
 * A sandbox in a process of its own: `detached` goes on when we leave, `private` ends with us however we end, because
 * the channel between us closes. The child is till itself, told in its environment what it is.
 */
export type Lifetime = 'detached' | 'private';

export const lifetimeVariable = 'TILL_SANDBOX_LIFETIME';

export type Message =
  | { readonly progress: string }
  | { readonly ready: SandboxState }
  | {
      readonly failed: {
        readonly message: string;
        readonly exit: ExitCode;
        readonly reason: string;
        readonly next: string | null;
      };
    };

export interface ChildOptions {
  readonly lifetime: Lifetime;
  readonly folder: string;
  readonly tenants: number;
  readonly seed: number;
  readonly team?: boolean;
  readonly progress: (line: string) => void;
  /** The file that starts till; this very program when left out. */
  readonly entry?: string;
  readonly signal?: AbortSignal;
}

export interface Child {
  readonly state: SandboxState;
  readonly process: ChildProcess;
}

/** Resolves when the sandbox is ready. When it fails, its error is ours. */
export function startChild(options: ChildOptions): Promise<Child> {
  const { lifetime, folder, progress, entry = process.argv[1] ?? '', signal } = options;
  // What a child has to say that is no message goes to a file: a console's screen is no place for it.
  const log = lifetime === 'detached' ? openSync(join(folder, logFile), 'a', 0o600) : 'ignore';
  const child = spawn(
    process.execPath,
    [
      entry,
      ...['sandbox', 'up', '--tenants', String(options.tenants), '--seed', String(options.seed)],
      ...(options.team === true ? ['--team'] : []),
    ],
    {
      detached: true,
      stdio: ['ignore', 'ignore', log, 'ipc'],
      env: { ...process.env, TILL_SANDBOX_DIR: folder, [lifetimeVariable]: lifetime },
    },
  );
  return new Promise((resolve, reject) => {
    const abort = () => child.connected && child.disconnect();
    signal?.addEventListener('abort', abort, { once: true });
    child.once('error', (error) => reject(notStarted(error.message)));
    child.once('exit', (code) => reject(notStarted(`it ended with code ${code ?? '?'}`)));
    child.on('message', (message: Message) => {
      if ('progress' in message) {
        progress(message.progress);
      } else if ('ready' in message) {
        signal?.removeEventListener('abort', abort);
        resolve({ state: message.ready, process: child });
      } else {
        const { message: text, next, ...fields } = message.failed;
        reject(new TillError(text, { ...fields, ...(next === null ? {} : { next }) }));
      }
    });
  });
}

function notStarted(why: string): TillError {
  return new TillError(`the sandbox did not start: ${why}`, {
    exit: exitCodes.failed,
    reason: 'sandbox-did-not-start',
    next: '`till sandbox up` without --detach shows what happens',
  });
}
