import type { Estate } from '#estate/estate.ts';
import { findEstate } from '#estate/find.ts';
import type { Invocation } from '#grammar/command.ts';

/** The estate that the flags name: the running sandbox's, a file, or the current kubeconfig context. */
export async function readEstate({ value }: Pick<Invocation, 'value' | 'given'>): Promise<Estate> {
  return await findEstate({ named: value('estate'), env: process.env, folder: process.cwd() });
}
