import type { Estate } from '#estate/estate.ts';
import type { Invocation } from '#grammar/command.ts';
import { exitCodes, TillError } from '#text/till-error.ts';

/** The estate that the flags name: the running sandbox's, a file, or the current kubeconfig context. */
export async function readEstate({ value, given }: Pick<Invocation, 'value' | 'given'>): Promise<Estate> {
  throw new TillError(`no estate can be read yet (${value('estate') ?? (given('sandbox') ? 'sandbox' : 'none')})`, {
    exit: exitCodes.usage,
    reason: 'no-estate',
  });
}
