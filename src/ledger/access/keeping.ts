/**
 * What is never in anybody's way: a freeze only holds back, and the duties of those who keep grants issue and retire what a
 * grant has earned and use none themselves.
 */
export function grantsNothing(action: string): boolean {
  return action === 'freeze' || action.startsWith('access-');
}
