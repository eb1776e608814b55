import type { Invocation } from '#grammar/command.ts';
import { type ExitCode, exitCodes, TillError } from '#text/till-error.ts';

/** `till` alone on a terminal: the estate, a watcher on it, and the console on that. */
export async function openConsole(_invocation: Invocation): Promise<ExitCode> {
  throw new TillError('this build of till has no console', {
    exit: exitCodes.failed,
    reason: 'no-console',
    next: 'till --help lists the commands',
  });
}
