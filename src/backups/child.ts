import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { clean } from '#text/clean.ts';

/** A program that ended badly, with the last of what it said. */
export class ProgramFailure extends Error {
  readonly program: string;
  readonly exitCode: number | null;

  constructor(program: string, exitCode: number | null, signal: string | null, said: string) {
    const how = exitCode === null ? `was ended by ${signal ?? 'a signal'}` : `ended with ${exitCode}`;
    super(`${program} ${how}${said === '' ? '' : `: ${said}`}`);
    this.name = 'ProgramFailure';
    this.program = program;
    this.exitCode = exitCode;
  }
}

export interface Child {
  readonly process: ChildProcess;
  /** Resolves when it has ended with 0 and its pipes are closed; rejects with a ProgramFailure otherwise. */
  readonly done: Promise<void>;
  /** Ends it; a child that does not listen is killed after a moment. */
  stop(): void;
}

export interface ChildOptions {
  /**
   * stderr is always ours: its last lines are the reason of a failure. A Readable is another child's output, handed over: its bytes
   * go from program to program, and ours of its ends is closed, so that each hears when the other has ended.
   */
  readonly stdin: 'pipe' | 'ignore' | number | Readable;
  /** A number is a descriptor of ours. */
  readonly stdout: 'pipe' | 'ignore' | number;
  /** Descriptors from 3 on. */
  readonly more?: readonly number[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
}

const keptBytes = 4_096;
const graceMs = 5_000;

/** Starts a program with an argument array, never through a shell. */
export function start(path: string, args: readonly string[], options: ChildOptions): Child {
  const stdio: StdioOptions = [options.stdin, options.stdout, 'pipe', ...(options.more ?? [])];
  const child = spawn(path, args, {
    stdio,
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  if (typeof options.stdin === 'object') {
    options.stdin.destroy();
  }
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-keptBytes);
  });
  // Whoever writes to a child that has ended hears of it by its exit code, which says why.
  child.stdin?.on('error', () => undefined);
  const done = ended(child, basename(path), () => clean(said.trim()));
  done.catch(() => undefined);
  return {
    process: child,
    done,
    stop() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        const timer = setTimeout(() => child.kill('SIGKILL'), graceMs).unref();
        child.once('exit', () => clearTimeout(timer));
      }
    },
  };
}

async function ended(child: ChildProcess, name: string, said: () => string): Promise<void> {
  try {
    const [code, signal] = await once(child, 'close');
    if (code !== 0) {
      throw new ProgramFailure(name, code, signal, said());
    }
  } catch (error) {
    throw error instanceof ProgramFailure ? error : new ProgramFailure(name, -1, null, messageOf(error));
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
