// Written by scripts/registry.ts: one entry for each command here and for each action. Do not edit.
import type { CommandEntry } from '#grammar/command.ts';

export const commands: readonly CommandEntry[] = [
  {
    name: 'audit list',
    summary: 'List what the ledger holds, newest first: who did what, why, and what came of it',
    group: 'read',
    load: async () => (await import('./audit-list.ts')).command,
  },
  {
    name: 'audit show',
    summary: 'Print one entry whole, or every entry of one operation',
    group: 'read',
    load: async () => (await import('./audit-show.ts')).command,
  },
  {
    name: 'audit tail',
    summary: 'Print the newest entries, then each that comes, until Ctrl-C',
    group: 'read',
    load: async () => (await import('./audit-tail.ts')).command,
  },
  {
    name: 'audit verify',
    summary: 'Prove that no entry of the ledger was changed, cut, moved or put in',
    group: 'read',
    load: async () => (await import('./audit-verify.ts')).command,
  },
  {
    name: 'backups',
    summary: 'List backups, ours and those that others make: how old, how well proven, and what is owed',
    group: 'read',
    load: async () => (await import('./backups.ts')).command,
  },
  {
    name: 'completion',
    summary: 'Print the completion script of a shell',
    group: 'machine',
    load: async () => (await import('./completion.ts')).command,
  },
  {
    name: 'doctor',
    summary: 'Say what is reached, which permission or version is missing, and what till therefore cannot show',
    group: 'read',
    load: async () => (await import('./doctor.ts')).command,
  },
  {
    name: 'estate check',
    summary: 'Check the estate file, then try every connection and permission that it names',
    group: 'machine',
    load: async () => (await import('./estate-check.ts')).command,
  },
  {
    name: 'estate grants',
    summary: 'Print the SQL that lets a monitoring role read what the signals need, column by column',
    group: 'machine',
    load: async () => (await import('./estate-grants.ts')).command,
  },
  {
    name: 'estate init',
    summary: 'Write an estate file to begin with, from the contexts of your kubeconfig',
    group: 'machine',
    load: async () => (await import('./estate-init.ts')).command,
  },
  {
    name: 'estate schema',
    summary: 'Print the JSON Schema of estate.yaml',
    group: 'machine',
    load: async () => (await import('./estate-schema.ts')).command,
  },
  {
    name: 'freezes',
    summary: 'List freezes in force and to come, and what each blocks now',
    group: 'read',
    load: async () => (await import('./freezes.ts')).command,
  },
  {
    name: 'incidents show',
    summary: 'Tell the story of one incident: what was said and done, by whom, and what came of it',
    group: 'read',
    load: async () => (await import('./incidents-show.ts')).command,
  },
  {
    name: 'incidents',
    summary: 'List the incidents: open ones first',
    group: 'read',
    load: async () => (await import('./incidents.ts')).command,
  },
  {
    name: 'ledger acknowledge',
    summary: 'Go on with a ledger that does not hold, and record what did not',
    group: 'machine',
    load: async () => (await import('./ledger-acknowledge.ts')).command,
  },
  {
    name: 'operations',
    summary: 'List what runs and what ran lately, with how it ended',
    group: 'read',
    load: async () => (await import('./operations.ts')).command,
  },
  {
    name: 'sandbox down',
    summary: 'End the sandbox and remove its data',
    group: 'machine',
    load: async () => (await import('./sandbox-down.ts')).command,
  },
  {
    name: 'sandbox env',
    summary: 'Print the variables that point kubectl, psql and till at the sandbox',
    group: 'machine',
    load: async () => (await import('./sandbox-env.ts')).command,
  },
  {
    name: 'sandbox reset',
    summary: 'End every scenario and put the cluster back as it began',
    group: 'machine',
    load: async () => (await import('./sandbox-reset.ts')).command,
  },
  {
    name: 'sandbox scenario',
    summary: 'Begin or end trouble to rehearse; without a name, list what there is',
    group: 'machine',
    load: async () => (await import('./sandbox-scenario.ts')).command,
  },
  {
    name: 'sandbox status',
    summary: 'Say whether a sandbox is up, where it listens and which scenarios run',
    group: 'machine',
    load: async () => (await import('./sandbox-status.ts')).command,
  },
  {
    name: 'sandbox up',
    summary: 'Start a living estate on this machine: Kubernetes API, PostgreSQL, Redis, shops that sell',
    group: 'machine',
    load: async () => (await import('./sandbox-up.ts')).command,
  },
  {
    name: 'show',
    summary: 'Show one tenant: every signal with value, threshold, age and source, worst first',
    group: 'read',
    load: async () => (await import('./show.ts')).command,
  },
  {
    name: 'status',
    summary: 'Show the health of every tenant in three layers, worst first',
    group: 'read',
    load: async () => (await import('./status.ts')).command,
  },
  {
    name: 'stop',
    summary: 'Ask a running operation to end between two steps',
    group: 'act',
    load: async () => (await import('./stop.ts')).command,
  },
  {
    name: 'undo',
    summary: 'Take back an operation, while the world is still as it left it',
    group: 'act',
    load: async () => (await import('./undo.ts')).command,
  },
  {
    name: 'version',
    summary: 'Print the version of till and of the Node that runs it',
    group: 'machine',
    load: async () => (await import('./version.ts')).command,
  },
  {
    name: 'wait',
    summary: 'Wait until an operation has ended, from any terminal of this user',
    group: 'act',
    load: async () => (await import('./wait.ts')).command,
  },
  {
    name: 'cancel-query',
    summary: 'Stop the query that a database session runs; the session goes on',
    group: 'act',
    load: async () => {
      const [{ commandOf }, { action }] = await Promise.all([import('./act.ts'), import('#actions/definitions/cancel-query.ts')]);
      return commandOf(action as never);
    },
  },
  {
    name: 'freeze',
    summary: 'Refuse actions on a scope of tenants for a span of time',
    group: 'act',
    load: async () => {
      const [{ commandOf }, { action }] = await Promise.all([import('./act.ts'), import('#actions/definitions/freeze.ts')]);
      return commandOf(action as never);
    },
  },
  {
    name: 'incident',
    summary: 'Open, follow and close an incident: what is done meanwhile is told in one story',
    group: 'act',
    load: async () => {
      const [{ commandOf }, { action }] = await Promise.all([import('./act.ts'), import('#actions/definitions/incident.ts')]);
      return commandOf(action as never);
    },
  },
  {
    name: 'maintenance',
    summary: 'Show users a maintenance page, or let them in again',
    group: 'act',
    load: async () => {
      const [{ commandOf }, { action }] = await Promise.all([import('./act.ts'), import('#actions/definitions/maintenance.ts')]);
      return commandOf(action as never);
    },
  },
  {
    name: 'prune',
    summary: 'Remove backups that no rule of the tier keeps, and what unfinished ones left',
    group: 'act',
    load: async () => {
      const [{ commandOf }, { action }] = await Promise.all([import('./act.ts'), import('#actions/definitions/prune.ts')]);
      return commandOf(action as never);
    },
  },
  {
    name: 'restart',
    summary: 'Replace the pods of a tenant one after another',
    group: 'act',
    load: async () => {
      const [{ commandOf }, { action }] = await Promise.all([import('./act.ts'), import('#actions/definitions/restart.ts')]);
      return commandOf(action as never);
    },
  },
  {
    name: 'rollback',
    summary: 'Go back to an older revision of what runs, the difference shown first',
    group: 'act',
    load: async () => {
      const [{ commandOf }, { action }] = await Promise.all([import('./act.ts'), import('#actions/definitions/rollback.ts')]);
      return commandOf(action as never);
    },
  },
  {
    name: 'scale',
    summary: 'Change how many pods serve a tenant, by whoever owns that number',
    group: 'act',
    load: async () => {
      const [{ commandOf }, { action }] = await Promise.all([import('./act.ts'), import('#actions/definitions/scale.ts')]);
      return commandOf(action as never);
    },
  },
  {
    name: 'sleep',
    summary: 'Take a tenant outside production to no pods, remembering how many it had',
    group: 'act',
    load: async () => {
      const [{ commandOf }, { action }] = await Promise.all([import('./act.ts'), import('#actions/definitions/sleep.ts')]);
      return commandOf(action as never);
    },
  },
  {
    name: 'terminate-session',
    summary: 'End a database session, or every one at the head of a lock tree',
    group: 'act',
    load: async () => {
      const [{ commandOf }, { action }] = await Promise.all([import('./act.ts'), import('#actions/definitions/terminate-session.ts')]);
      return commandOf(action as never);
    },
  },
  {
    name: 'thaw',
    summary: 'End a freeze before its time',
    group: 'act',
    load: async () => {
      const [{ commandOf }, { action }] = await Promise.all([import('./act.ts'), import('#actions/definitions/thaw.ts')]);
      return commandOf(action as never);
    },
  },
  {
    name: 'throttle',
    summary: 'Let only so many requests of a tenant in at a time, or all again',
    group: 'act',
    load: async () => {
      const [{ commandOf }, { action }] = await Promise.all([import('./act.ts'), import('#actions/definitions/throttle.ts')]);
      return commandOf(action as never);
    },
  },
  {
    name: 'verify-backup',
    summary: 'Read a backup back whole, and record what was proven of it',
    group: 'act',
    load: async () => {
      const [{ commandOf }, { action }] = await Promise.all([import('./act.ts'), import('#actions/definitions/verify-backup.ts')]);
      return commandOf(action as never);
    },
  },
  {
    name: 'wake',
    summary: 'Bring a sleeping tenant back with as many pods as it had',
    group: 'act',
    load: async () => {
      const [{ commandOf }, { action }] = await Promise.all([import('./act.ts'), import('#actions/definitions/wake.ts')]);
      return commandOf(action as never);
    },
  },
];
