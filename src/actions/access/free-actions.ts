import { actions } from '../definitions/index.ts';

/**
 * Actions that no policy asks a grant for. One that takes back only with some parameters is not among them: the store judges
 * by the name alone.
 */
export function freeActions(): readonly string[] {
  return actions.filter(({ free }) => free === 'always').map(({ name }) => name);
}

/** Those that a grant may be for. */
export function grantableActions(): readonly string[] {
  return actions.filter(({ free }) => free !== 'always').map(({ name }) => name);
}
