import { suggest } from '#text/suggest.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import type { Action } from './action.ts';

/** The definition by its word. Throws TillError (exit 2) for a word that no action has. */
export async function actionNamed(name: string): Promise<Action> {
  const { actions } = await import('./definitions/index.ts');
  const entry = actions.find((action) => action.name === name);
  if (entry === undefined) {
    const meant = suggest(
      name,
      actions.map((action) => action.name),
    );
    throw new TillError(`till has no action "${name}"`, {
      exit: exitCodes.usage,
      reason: 'unknown-action',
      ...(meant === undefined ? {} : { next: `did you mean "${meant}"?` }),
    });
  }
  return await entry.load();
}
