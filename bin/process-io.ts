import type { Io } from '#grammar/command.ts';
import { systemClock } from '#text/clock.ts';

export type Interruption = 'output-closed' | 'interrupted';

export interface ProcessIo {
  readonly io: Io;
  /** Asks everything that listens to stop. */
  interrupt(reason: Interruption): void;
  /** Resolves when stdout has taken what was written, or its reader has gone. */
  drained(): Promise<void>;
}

/** The real terminal, or the pipes in its place. */
export function processIo(): ProcessIo {
  // `process.stdin` and `process.stderr` cost 3 to 5 ms where they are first read, so that is left to who needs them.
  const { stdout, env } = process;
  const abort = new AbortController();
  const interrupt = (reason: Interruption) => abort.abort(reason);
  let closed = false;
  // `| head -1`: the reader has gone. That is no failure of ours, and nothing is left to say it to.
  stdout.on('error', () => {
    closed = true;
    interrupt('output-closed');
  });
  let stderr: typeof process.stderr | undefined;
  const io: Io = {
    out: (text) => {
      if (!closed) {
        stdout.write(text);
      }
      return !closed;
    },
    err: (text) => {
      stderr ??= process.stderr.on('error', () => undefined);
      stderr.write(text);
    },
    stdoutIsTTY: stdout.isTTY === true,
    get stdinIsTTY() {
      return process.stdin.isTTY === true;
    },
    get stderrIsTTY() {
      return process.stderr.isTTY === true;
    },
    get columns() {
      return stdout.columns > 0 ? stdout.columns : 80;
    },
    env,
    clock: systemClock,
    signal: abort.signal,
  };
  const drained = () =>
    new Promise<void>((resolve) => {
      if (closed) {
        resolve();
      } else {
        stdout.write('', () => resolve());
      }
    });
  return { io, interrupt, drained };
}
