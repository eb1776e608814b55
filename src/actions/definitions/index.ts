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
  /** Neither mode nor freeze speaks against it before its plan is made. */
  readonly isFree: boolean;
  load(): Promise<Action>;
}

export const actions: readonly ActionEntry[] = [
  {
    name: 'cancel-query',
    title: 'Cancel query',
    summary: 'Stop the query that a database session runs; the session goes on',
    danger: 'moderate',
    target: 'tenants',
    key: null,
    isFree: false,
    load: async () => (await import('./cancel-query.ts')).action as unknown as Action,
  },
  {
    name: 'drill',
    title: 'Drill',
    summary: 'Rehearse a recovery in a place of its own, measure it, and clear everything away',
    danger: 'moderate',
    target: 'tenants',
    key: null,
    isFree: false,
    load: async () => (await import('./drill.ts')).action as unknown as Action,
  },
  {
    name: 'freeze',
    title: 'Freeze',
    summary: 'Refuse actions on a scope of tenants for a span of time',
    danger: 'moderate',
    target: 'estate',
    key: null,
    isFree: true,
    load: async () => (await import('./freeze.ts')).action as unknown as Action,
  },
  {
    name: 'incident',
    title: 'Incident',
    summary: 'Open, follow and close an incident: what is done meanwhile is told in one story',
    danger: 'mild',
    target: 'estate',
    key: 'i',
    isFree: true,
    load: async () => (await import('./incident.ts')).action as unknown as Action,
  },
  {
    name: 'maintenance',
    title: 'Maintenance',
    summary: 'Show users a maintenance page, or let them in again',
    danger: 'moderate',
    target: 'tenants',
    key: null,
    isFree: true,
    load: async () => (await import('./maintenance.ts')).action as unknown as Action,
  },
  {
    name: 'prune',
    title: 'Prune backups',
    summary: 'Remove backups that no rule of the tier keeps, and what unfinished ones left',
    danger: 'severe',
    target: 'tenants',
    key: null,
    isFree: false,
    load: async () => (await import('./prune.ts')).action as unknown as Action,
  },
  {
    name: 'restart',
    title: 'Restart',
    summary: 'Replace the pods of a tenant one after another',
    danger: 'moderate',
    target: 'tenants',
    key: null,
    isFree: false,
    load: async () => (await import('./restart.ts')).action as unknown as Action,
  },
  {
    name: 'rollback',
    title: 'Roll back',
    summary: 'Go back to an older revision of what runs, the difference shown first',
    danger: 'severe',
    target: 'tenants',
    key: 'R',
    isFree: false,
    load: async () => (await import('./rollback.ts')).action as unknown as Action,
  },
  {
    name: 'scale',
    title: 'Scale',
    summary: 'Change how many pods serve a tenant, by whoever owns that number',
    danger: 'moderate',
    target: 'tenants',
    key: 's',
    isFree: false,
    load: async () => (await import('./scale.ts')).action as unknown as Action,
  },
  {
    name: 'sleep',
    title: 'Sleep',
    summary: 'Take a tenant outside production to no pods, remembering how many it had',
    danger: 'moderate',
    target: 'tenants',
    key: null,
    isFree: false,
    load: async () => (await import('./sleep.ts')).action as unknown as Action,
  },
  {
    name: 'terminate-session',
    title: 'Terminate session',
    summary: 'End a database session, or every one at the head of a lock tree',
    danger: 'severe',
    target: 'tenants',
    key: 'K',
    isFree: false,
    load: async () => (await import('./terminate-session.ts')).action as unknown as Action,
  },
  {
    name: 'thaw',
    title: 'Thaw',
    summary: 'End a freeze before its time',
    danger: 'moderate',
    target: 'estate',
    key: null,
    isFree: true,
    load: async () => (await import('./thaw.ts')).action as unknown as Action,
  },
  {
    name: 'throttle',
    title: 'Throttle',
    summary: 'Let only so many requests of a tenant in at a time, or all again',
    danger: 'moderate',
    target: 'tenants',
    key: null,
    isFree: true,
    load: async () => (await import('./throttle.ts')).action as unknown as Action,
  },
  {
    name: 'verify-backup',
    title: 'Verify backup',
    summary: 'Read a backup back whole, and record what was proven of it',
    danger: 'mild',
    target: 'tenants',
    key: null,
    isFree: true,
    load: async () => (await import('./verify-backup.ts')).action as unknown as Action,
  },
  {
    name: 'wake',
    title: 'Wake',
    summary: 'Bring a sleeping tenant back with as many pods as it had',
    danger: 'moderate',
    target: 'tenants',
    key: null,
    isFree: true,
    load: async () => (await import('./wake.ts')).action as unknown as Action,
  },
];
