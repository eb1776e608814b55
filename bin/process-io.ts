import type { Io } from '#grammar/command.ts';
import { systemClock } from '#text/clock.ts';

export type Interruption = 'output-closed' | 'interrupted';

export interface ProcessIo {
  readonly io: Io;
  /** Asks everything that listens to stop. */
  interrupt(reason: Interruption): void;
  /** Resolves when stdout has taken what was written or its reader has gone; with the error when it could not be written. */
  drained(): Promise<Error | null>;
}

/** The real terminal, or the pipes in its place. */
export function processIo(): ProcessIo {
  // `process.stdin` and `process.stderr` cost 3 to 5 ms where they are first read, so that is left to who needs them.
  const { stdout, env } = process;
  const abort = new AbortController();
  const interrupt = (reason: Interruption) => abort.abort(reason);
  let closed = false;
  let failure: Error | null = null;
  stdout.on('error', (error: Error & { readonly code?: string }) => {
    closed = true;
    // `| head -1`: the reader has gone. That is no failure of ours; a full disk is one.
    failure = error.code === 'EPIPE' ? null : error;
    interrupt('output-closed');
  });
  const findReader = async () => {
    const { readerOfStdout } = await import('./reader-gone.ts');
    const { gone } = await readerOfStdout();
    void gone.then((isGone) => {
      if (isGone && !closed) {
        closed = true;
        interrupt('output-closed');
      }
    });
  };
  let stderr: typeof process.stderr | undefined;
  const io: Io = {
    out: (text) => {
      if (!closed) {
        stdout.write(text);
      }
      return !closed;
    },
    taken: () => drained(),
    err: (text) => {
      stderr ??= process.stderr.on('error', () => undefined);
      stderr.write(text);
    },
    follows: findReader,
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
  const drained = async () => {
    if (!closed) {
      // The error of an earlier write may come with this one's callback, or just after it.
      await new Promise<void>((resolve) => stdout.write('', () => setImmediate(resolve)));
    }
    return failure;
  };
  return { io, interrupt, drained };
}
