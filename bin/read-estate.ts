import type { Estate } from '#estate/estate.ts';
import { findEstate } from '#estate/find.ts';
import type { Invocation } from '#grammar/command.ts';
import { exitCodes, TillError } from '#text/till-error.ts';

/** The estate that the flags name: the running sandbox's, a file, or the current kubeconfig context. */
export async function readEstate({ value, given }: Pick<Invocation, 'value' | 'given'>): Promise<Estate> {
  const named = value('estate');
  if (given('sandbox') && named === undefined) {
    const sandbox = await runningEstate();
    if (sandbox === null) {
      throw new TillError('no sandbox is up', {
        exit: exitCodes.usage,
        reason: 'no-sandbox',
        next: 'till sandbox up --detach starts one',
      });
    }
    return sandbox;
  }
  return await findEstate({ named, env: process.env, folder: process.cwd() });
}

/** The estate of the sandbox that `till sandbox up` started; null when none is up. */
export async function runningEstate(): Promise<Estate | null> {
  const { runningSandbox } = await import('#sandbox/private.ts');
  const running = await runningSandbox(process.env);
  return running === null ? null : await estateAt(running.estatePath);
}

export async function estateAt(path: string): Promise<Estate> {
  return await findEstate({ named: path, env: process.env, folder: process.cwd() });
}
