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
    name: 'restart',
    title: 'Restart',
    summary: 'replace the pods of a tenant one after another',
    danger: 'moderate',
    target: 'tenants',
    key: null,
    load: async () => (await import('./restart.ts')).action as unknown as Action,
  },
  {
    name: 'rollback',
    title: 'Roll back',
    summary: 'go back to an older revision of what runs, the difference shown first',
    danger: 'severe',
    target: 'tenants',
    key: 'R',
    load: async () => (await import('./rollback.ts')).action as unknown as Action,
  },
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
