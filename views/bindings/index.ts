import { type ConsoleState, screenBelow } from '../state/state.ts';
import { accessBindings, accessWays } from './access.ts';
import { actionBindings } from './actions.ts';
import { backupDeeds } from './backup-deeds.ts';
import { backupsBindings, backupsWays } from './backups.ts';
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
  ...backupsBindings,
  ...everywhereBindings,
  ...accessWays,
  ...backupsWays,
];

/** The keys that work on the screen that is open (or that help is about). */
export function bindingsFor(state: ConsoleState): readonly Binding[] {
  const { kind } = screenBelow(state);
  const ours = bindings.filter(({ where }) => where === kind || where === 'everywhere');
  const acting = [...backupDeeds(state), ...actionBindings(state)].filter(({ where }) => where === kind);
  return [...ours, ...acting];
}

export function bindingOf(state: ConsoleState, key: string): Binding | undefined {
  return bindingsFor(state).find(({ keys }) => keys.includes(key));
}
