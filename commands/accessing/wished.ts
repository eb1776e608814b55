import { grantableActions } from '#actions/access/free-actions.ts';
import type { Wish } from '#actions/access/request.ts';
import { instantGiven } from '#actions/instants.ts';
import { findTenants } from '#discovery/tenants.ts';
import type { Estate, Tenant } from '#estate/estate.ts';
import { choiceOf, chooseTenants, choosingFlags, isOpen } from '#grammar/choose.ts';
import type { Flag, Invocation } from '#grammar/command.ts';
import { seconds } from '#grammar/seconds.ts';
import { usageError } from '#grammar/usage-error.ts';
import { openWatcher } from '#health/watch.ts';
import { isGlob, matchesGlob } from '#text/glob.ts';
import { suggest } from '#text/suggest.ts';

/** What and on whom, on every command that asks for access. */
export const wishFlags: readonly Flag[] = [
  { name: 'for', value: 'DURATION', summary: 'how long, from its activation: 45m', environment: false },
  {
    name: 'tenants',
    value: 'NAMES',
    multiple: true,
    summary: 'names or globs, commas between; they are frozen into names',
    completion: 'tenant',
    environment: false,
  },
  ...choosingFlags,
  {
    name: 'actions',
    value: 'ACTIONS',
    multiple: true,
    summary: 'what to do there, commas between: scale,restart; globs are frozen into names',
    environment: false,
  },
  { name: 'reason', value: 'TEXT', summary: 'why; approvers and auditors read it', environment: false },
  { name: 'ticket', value: 'ID', summary: 'the ticket that asks for it' },
  { name: 'incident', value: 'ID', summary: 'the incident that it belongs to', environment: false },
];

/** What was asked for, with every glob frozen into names. Throws TillError (exit 2) on what is missing or unknown. */
export async function wishOf(
  invocation: Invocation,
  command: { readonly name: string },
  estate: Estate,
): Promise<Omit<Wish, 'breaksGlass' | 'extends' | 'key'>> {
  const { io, value } = invocation;
  const span = seconds(invocation, 'for');
  if (span === null || span === 0) {
    throw usageError('say for how long', command, '--for 45m');
  }
  const reason = value('reason');
  if (reason === undefined || reason.trim() === '') {
    throw usageError('asking for access needs a reason', command, '--reason "why"');
  }
  const actions = actionsWished(invocation.values('actions'), command);
  const choice = { ...choiceOf(invocation), names: commas(invocation.values('tenants')) };
  if (isOpen(choice)) {
    throw usageError('say on which tenants', command, '--tenants NAMES, or --all');
  }
  const tenants = chooseTenants(await tenantsKnown(invocation, estate), choice).map(({ name }) => name);
  const from = value('from');
  const uses = value('uses');
  if (uses !== undefined && !/^[1-9]\d{0,3}$/u.test(uses)) {
    throw usageError(`--uses takes a number from 1 up, not "${uses}"`, command);
  }
  return {
    ...{ seconds: span, tenants, actions, reason },
    ticket: value('ticket') ?? null,
    incident: value('incident') ?? null,
    from: from === undefined ? null : instantGiven(from, 'from', null, io.clock.now()),
    plan: value('plan') ?? null,
    uses: uses === undefined ? null : Number(uses),
  };
}

/** Everybody that is known now; nothing of their health is read. */
export async function tenantsKnown({ io }: Invocation, estate: Estate): Promise<readonly Tenant[]> {
  if (estate.discover.length === 0) {
    return findTenants(estate, { workloads: new Map(), namespaceLabels: new Map(), databases: new Map() });
  }
  const watcher = await openWatcher({ estate, clock: io.clock, env: io.env, choose: () => [] });
  try {
    await watcher.sweep();
    return watcher.known();
  } finally {
    await watcher.close();
  }
}

function actionsWished(values: readonly string[], command: { readonly name: string }): readonly string[] {
  const grantable = grantableActions();
  const named = commas(values);
  if (named.length === 0) {
    throw usageError('say what is to be done', command, '--actions scale,restart');
  }
  for (const name of named) {
    if (!grantable.some((known) => (isGlob(name) ? matchesGlob(name, known) : name === known))) {
      const meant = suggest(name, grantable);
      throw usageError(
        `no action that asks for a grant is called "${name}"`,
        command,
        meant === undefined ? `there is ${grantable.join(', ')}` : `did you mean "${meant}"?`,
      );
    }
  }
  return grantable.filter((known) => named.some((name) => matchesGlob(name, known)));
}

function commas(values: readonly string[]): readonly string[] {
  return values.flatMap((value) => value.split(',').filter((one) => one !== ''));
}
