import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { workerWord } from './worker-word.ts';

export interface WorkerOptions {
  readonly operation: string;
  readonly estatePath: string;
  readonly ledgerFolder: string;
  readonly timeoutMs: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The file that starts till; this very program when left out. */
  readonly entry?: string;
}

/** What whoever started a worker sees of it, as long as it is there itself. */
export interface Worker {
  hasEnded(): boolean;
}

/** Starts the process that acts: a group of its own, no terminal, so that closing ours stops nothing (design §4). */
export function startWorker({ operation, estatePath, ledgerFolder, timeoutMs, env, entry }: WorkerOptions): Worker {
  const folder = join(ledgerFolder, 'operations');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const log = openSync(join(folder, `${operation}.log`), 'a', 0o600);
  const child = spawn(
    process.execPath,
    [
      ...process.execArgv,
      entry ?? process.argv[1] ?? '',
      workerWord,
      `--operation=${operation}`,
      `--estate=${estatePath}`,
      `--parent=${process.pid}`,
      `--timeout=${timeoutMs}`,
    ],
    { detached: true, stdio: ['ignore', log, log], env: { ...env } as NodeJS.ProcessEnv },
  );
  let hasEnded = false;
  const end = () => {
    hasEnded = true;
  };
  child.on('error', end);
  child.on('exit', end);
  child.unref();
  closeSync(log);
  return { hasEnded: () => hasEnded };
}
