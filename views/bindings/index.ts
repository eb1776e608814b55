import { type ConsoleState, screenBelow } from '../state/state.ts';
import { accessBindings, accessWays } from './access.ts';
import { actionBindings } from './actions.ts';
import type { Binding } from './binding.ts';
import { everywhereBindings } from './everywhere.ts';
import { ledgerBindings } from './ledger.ts';
import { operationsBindings } from './operations.ts';
import { tenantBindings } from './tenant.ts';
import { tenantsBindings } from './tenants.ts';

/** Every key that is the console's own; the actions' come with their definitions. */
export const bindings: readonly Binding[] = [
  ...tenantsBindings,
  ...tenantBindings,
  ...operationsBindings,
  ...ledgerBindings,
  ...accessBindings,
  ...everywhereBindings,
  ...accessWays,
];

/** The keys that work on the screen that is open (or that help is about). */
export function bindingsFor(state: ConsoleState): readonly Binding[] {
  const { kind } = screenBelow(state);
  const ours = bindings.filter(({ where }) => where === kind || where === 'everywhere');
  return [...ours, ...actionBindings(state).filter(({ where }) => where === kind)];
}

export function bindingOf(state: ConsoleState, key: string): Binding | undefined {
  return bindingsFor(state).find(({ keys }) => keys.includes(key));
}
