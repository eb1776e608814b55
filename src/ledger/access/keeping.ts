/**
 * Operations of those who keep grants: they issue and retire what a grant has earned, and use none themselves. The grant
 * that they name is the one that they work for.
 */
export function grantsNothing(action: string): boolean {
  return action.startsWith('access-');
}
