import type { Invocation } from '#grammar/command.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import { ask } from '../acting/ask.ts';

/** `--yes`, or yes on the terminal after it was shown what is agreed to. Throws TillError (exit 5) where nobody can be asked. */
export async function isAgreedTo(what: string, shown: string, { io, given }: Invocation): Promise<boolean> {
  if (given('yes')) {
    return true;
  }
  if (!io.stdinIsTTY || !io.stderrIsTTY || given('no-input')) {
    throw new TillError(`${what} was not confirmed`, {
      exit: exitCodes.confirmationMissing,
      reason: 'confirmation-missing',
      next: 'look first, then --yes',
    });
  }
  io.err(shown);
  return await ask({ kind: 'yes' }, io);
}

export const agreeFlags = [
  { name: 'yes', short: 'y', summary: 'do it without being asked', environment: false },
  { name: 'no-input', summary: 'never ask' },
] as const;

/** What takes away asks nobody. Whoever types `--yes` in a hurry, or has it in a script, is not held up by that. */
export const needlessYes = {
  name: 'yes',
  short: 'y',
  summary: 'taken and not needed: nobody is asked',
  environment: false,
} as const;
