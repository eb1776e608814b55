import type { Action } from './action.ts';

/**
 * Whether it is let through where others are held back. `always`: it writes to no system, or only ever takes back; no mode,
 * freeze or policy speaks against it. `sometimes`: with some parameters it takes back, so nothing speaks against it before
 * its plan is made; a policy judges it by the name alone and asks a grant for it. `never`: the others.
 */
export type Freedom = 'always' | 'sometimes' | 'never';

export function freedomOf({ writesToSystems, deescalates }: Pick<Action, 'writesToSystems' | 'deescalates'>): Freedom {
  if (!writesToSystems || deescalates === true) {
    return 'always';
  }
  return typeof deescalates === 'function' ? 'sometimes' : 'never';
}
