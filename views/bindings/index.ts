import { type ConsoleState, screenBelow } from '../state/state.ts';
import type { Binding } from './binding.ts';
import { everywhereBindings } from './everywhere.ts';
import { tenantBindings } from './tenant.ts';
import { tenantsBindings } from './tenants.ts';

/** Every key of the console. */
export const bindings: readonly Binding[] = [...tenantsBindings, ...tenantBindings, ...everywhereBindings];

/** The keys that work on the screen that is open (or that help is about). */
export function bindingsFor(state: ConsoleState): readonly Binding[] {
  const { kind } = screenBelow(state);
  return bindings.filter(({ where }) => where === kind || where === 'everywhere');
}

export function bindingOf(state: ConsoleState, key: string): Binding | undefined {
  return bindingsFor(state).find(({ keys }) => keys.includes(key));
}
