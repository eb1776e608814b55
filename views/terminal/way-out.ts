import { type ExitCode, exitCodes, TillError } from '#text/till-error.ts';

/** Why the console ended: asked to (a code), or by an error that its user should read once the screen is back. */
export type Ending = { readonly code: ExitCode } | { readonly error: unknown };

export interface WayOut {
  /** What to undo on leaving, last first. */
  add(restore: () => void): void;
  /** Leaves once; later calls do nothing. */
  leave(ending: Ending): void;
  /** Resolves when everything is restored. */
  readonly ended: Promise<Ending>;
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * The one way out of the console: a key, a signal, a lost terminal, an error nobody caught. Whatever it was, the restorers
 * run in reverse order and the terminal is as it was found (design §8).
 */
export function openWayOut(stdout: NodeJS.WriteStream): WayOut {
  const restorers: (() => void)[] = [];
  const { promise: ended, resolve } = Promise.withResolvers<Ending>();
  let left = false;

  const restore = () => {
    for (const one of restorers.splice(0).reverse()) {
      try {
        one();
      } catch {
        // One thing that cannot be put back must not keep the others from it.
      }
    }
  };
  const leave = (ending: Ending) => {
    if (left) {
      return;
    }
    left = true;
    restore();
    // Not within the signal's own turn: signal-exit, which Ink brings, kills the process when it finds itself alone.
    setImmediate(() => {
      for (const signal of signals) {
        process.off(signal, interrupted);
      }
      process.off('uncaughtException', crashed);
      process.off('unhandledRejection', crashed);
      process.off('exit', restore);
      resolve(ending);
    });
  };
  const interrupted = () => leave({ code: exitCodes.interrupted });
  const crashed = (cause: unknown) => leave({ error: stopped(cause) });

  for (const signal of signals) {
    process.on(signal, interrupted);
  }
  // Before anybody else's: what they report must not go to a screen that is about to be left.
  process.prependListener('uncaughtException', crashed);
  process.prependListener('unhandledRejection', crashed);
  process.on('exit', restore);
  // EPIPE, EIO: the terminal has gone. The listener stays, because what was still queued fails later.
  stdout.on('error', interrupted);
  return { add: (one) => void restorers.push(one), leave, ended };
}

function stopped(cause: unknown): TillError {
  if (cause instanceof TillError) {
    return cause;
  }
  const what = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  return new TillError(`the console stopped on an error of its own: ${what.split('\n')[0] ?? ''}`, {
    exit: exitCodes.failed,
    reason: 'console-stopped',
    next: 'start it again; nothing that was running has been stopped',
    cause,
  });
}
