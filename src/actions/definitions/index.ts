// Written by scripts/registry.ts: one entry for each file in this folder. Do not edit.
import type { Action } from '../action.ts';
import type { Danger } from '../plan.ts';

export interface ActionEntry {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly danger: Danger;
  readonly target: 'tenants' | 'estate';
  readonly key: string | null;
  load(): Promise<Action>;
}

export const actions: readonly ActionEntry[] = [
  {
    name: 'scale',
    title: 'Scale',
    summary: 'change how many pods serve a tenant, by whoever owns that number',
    danger: 'moderate',
    target: 'tenants',
    key: 's',
    load: async () => (await import('./scale.ts')).action as unknown as Action,
  },
];
