import { actions } from '../definitions/index.ts';

/**
 * Actions that no policy asks a grant for: they write to no system, or only ever take back. One that takes back only with
 * some parameters is not among them: the store judges by the name alone.
 */
export async function freeActions(): Promise<readonly string[]> {
  const definitions = await Promise.all(actions.map(({ load }) => load()));
  return definitions
    .filter(({ writesToSystems, deescalates }) => !writesToSystems || deescalates === true)
    .map(({ name }) => name);
}

/** Those that a grant may be for. */
export async function grantableActions(): Promise<readonly string[]> {
  const free = await freeActions();
  return actions.map(({ name }) => name).filter((name) => !free.includes(name));
}
