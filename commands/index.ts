// Written by scripts/registry.ts: one entry for each command here and for each action. Do not edit.
import type { CommandEntry } from '#grammar/command.ts';

export const commands: readonly CommandEntry[] = [
  {
    name: 'access activate',
    summary: 'Start the clock of an approved grant',
    group: 'machine',
    load: async () => (await import('./access-activate.ts')).command,
  },
  {
    name: 'access approve',
    summary: 'Let somebody else have what they ask for, after seeing exactly what that is',
    group: 'machine',
    load: async () => (await import('./access-approve.ts')).command,
  },
  {
    name: 'access break-glass',
    summary: 'Take access without approval, for a short time and loudly; somebody else reviews it afterwards',
    group: 'machine',
    load: async () => (await import('./access-break-glass.ts')).command,
  },
  {
    name: 'access deny',
    summary: 'Refuse what somebody asks for; that ends the request',
    group: 'machine',
    load: async () => (await import('./access-deny.ts')).command,
  },
  {
    name: 'access end',
    summary: 'End your own grant before its time',
    group: 'machine',
    load: async () => (await import('./access-end.ts')).command,
  },
  {
    name: 'access extend',
    summary: 'Ask for a new grant that goes on where yours ends; the old one is not touched',
    group: 'machine',
    load: async () => (await import('./access-extend.ts')).command,
  },
  {
    name: 'access key',
    summary: 'Print the public key that credentials are sealed to for you on this machine; made at the first ask',
    group: 'machine',
    load: async () => (await import('./access-key.ts')).command,
  },
  {
    name: 'access list',
    summary: 'List grants and requests: what is open, what waits for me, what is mine',
    group: 'machine',
    load: async () => (await import('./access-list.ts')).command,
  },
  {
    name: 'access lock',
    summary: 'Hold a person or a service at once: none of their grants works until it is taken off',
    group: 'machine',
    load: async () => (await import('./access-lock.ts')).command,
  },
  {
    name: 'access policy',
    summary: 'Show who must agree to what; propose another policy from the estate, and approve it by two',
    group: 'machine',
    load: async () => (await import('./access-policy.ts')).command,
  },
  {
    name: 'access request',
    summary: 'Ask to be allowed certain actions on certain tenants for a while',
    group: 'machine',
    load: async () => (await import('./access-request.ts')).command,
  },
  {
    name: 'access review',
    summary: 'Say of break-glass that somebody else used whether it was justified; that closes it',
    group: 'machine',
    load: async () => (await import('./access-review.ts')).command,
  },
  {
    name: 'access revoke',
    summary: 'Take a grant away from anybody, at once',
    group: 'machine',
    load: async () => (await import('./access-revoke.ts')).command,
  },
  {
    name: 'access show',
    summary: 'Show one grant: what it permits, who decided, how long is left, what outlives it',
    group: 'machine',
    load: async () => (await import('./access-show.ts')).command,
  },
  {
    name: 'access unlock',
    summary: 'Take the locks off a person or a service; never by themselves',
    group: 'machine',
    load: async () => (await import('./access-unlock.ts')).command,
  },
  {
    name: 'access whoami',
    summary: 'Say who the ledger takes you for, what this side claims, and what you may do now',
    group: 'machine',
    load: async () => (await import('./access-whoami.ts')).command,
  },
  {
    name: 'access withdraw',
    summary: 'Take back what you asked for before it is active',
    group: 'machine',
    load: async () => (await import('./access-withdraw.ts')).command,
  },
  {
    name: 'agent',
    summary: 'Mint and end credentials of grants, sweep what is left over, finish what a dead console left: until stopped',
    group: 'machine',
    load: async () => (await import('./agent.ts')).command,
  },
  {
    name: 'audit export',
    summary: 'Hand out what the ledger holds: for a collector, a spreadsheet, or an auditor',
    group: 'read',
    load: async () => (await import('./audit-export.ts')).command,
  },
  {
    name: 'audit list',
    summary: 'List what the ledger holds, newest first: who did what, why, and what came of it',
    group: 'read',
    load: async () => (await import('./audit-list.ts')).command,
  },
  {
    name: 'audit prove',
    summary: 'Prove to somebody that one entry is in the ledger, without showing the others',
    group: 'read',
    load: async () => (await import('./audit-prove.ts')).command,
  },
  {
    name: 'audit prune',
    summary: 'Take old entries out of the ledger, into an archive: two people, the same line twice',
    group: 'act',
    load: async () => (await import('./audit-prune.ts')).command,
  },
  {
    name: 'audit reconcile',
    summary: 'Compare the ledger with what the systems themselves saw, and name what has no intent',
    group: 'read',
    load: async () => (await import('./audit-reconcile.ts')).command,
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
    name: 'drills',
    summary: 'List rehearsed recoveries: what was proven, how long it took, how much would be lost',
    group: 'read',
    load: async () => (await import('./drills.ts')).command,
  },
  {
    name: 'estate check',
    summary: 'Check the estate file, then try every connection and permission that it names',
    group: 'machine',
    load: async () => (await import('./estate-check.ts')).command,
  },
  {
    name: 'estate grants',
    summary: 'Print the SQL that lets a monitoring role read what the signals need, or what backups and restores need',
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
    name: 'ledger checkpoint',
    summary: 'Sign the ledger as it is now, and have its anchors keep that',
    group: 'machine',
    load: async () => (await import('./ledger-checkpoint.ts')).command,
  },
  {
    name: 'ledger epoch',
    summary: 'After a restore that lost entries: say so, and have two people know',
    group: 'machine',
    load: async () => (await import('./ledger-epoch.ts')).command,
  },
  {
    name: 'ledger key',
    summary: 'The keys that sign checkpoints of the ledger, and when each may',
    group: 'machine',
    load: async () => (await import('./ledger-key.ts')).command,
  },
  {
    name: 'ledger setup',
    summary: 'Make a PostgreSQL database ready to hold the ledger, or bring it to this version',
    group: 'machine',
    load: async () => (await import('./ledger-setup.ts')).command,
  },
  {
    name: 'manifests access',
    summary: 'Print the roles, admission policies and SQL that hold grants within bounds, for an administrator to apply',
    group: 'machine',
    load: async () => (await import('./manifests-access.ts')).command,
  },
  {
    name: 'manifests agent',
    summary: 'Print the Deployment of the agent with its namespace, Lease role and network policy',
    group: 'machine',
    load: async () => (await import('./manifests-agent.ts')).command,
  },
  {
    name: 'manifests executor',
    summary: 'Print where backups, restores and drills run as Jobs: its namespace, roles and admission policy',
    group: 'machine',
    load: async () => (await import('./manifests-executor.ts')).command,
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
    name: 'backup',
    summary: 'Back up database, filestore and configuration, sealed for the recipients alone',
    group: 'act',
    load: async () => {
      const [{ commandOf }, { action }] = await Promise.all([import('./act.ts'), import('#actions/definitions/backup.ts')]);
      return commandOf(action as never);
    },
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
    name: 'drill',
    summary: 'Rehearse a recovery in a place of its own, measure it, and clear everything away',
    group: 'act',
    load: async () => {
      const [{ commandOf }, { action }] = await Promise.all([import('./act.ts'), import('#actions/definitions/drill.ts')]);
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
    name: 'restore',
    summary: 'Restore a backup into a new database, neutralised and checked; swap it in, or drop it, later',
    group: 'act',
    load: async () => {
      const [{ commandOf }, { action }] = await Promise.all([import('./act.ts'), import('#actions/definitions/restore.ts')]);
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
    name: 'switchover',
    summary: 'Let a standby of the tenant\'s PostgreSQL server take over as primary',
    group: 'act',
    load: async () => {
      const [{ commandOf }, { action }] = await Promise.all([import('./act.ts'), import('#actions/definitions/switchover.ts')]);
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
