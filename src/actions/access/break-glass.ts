import type { Estate } from '#estate/estate.ts';
import type { SecretReference } from '#estate/schema.ts';
import type { Grant } from '#ledger/access/grant.ts';
import { spanWords } from '#policy/access/line.ts';
import { type Announced, announce, type Listener, syslog, webhook } from './announce.ts';
import { activate } from './deeds.ts';
import { type AccessDesk, recorded } from './open.ts';
import { askFor, type Wish } from './request.ts';

export interface Broken extends Announced {
  readonly grant: Grant;
}

/** Opens at once, then says so to everybody who is to hear it; that not all could be reached is recorded and stops nothing. */
export async function breakGlass(
  wish: Omit<Wish, 'breaksGlass' | 'from' | 'plan' | 'uses' | 'extends'>,
  listeners: readonly Listener[],
  desk: AccessDesk,
): Promise<Broken> {
  const asked = await askFor({ ...wish, breaksGlass: true, from: null, plan: null, uses: null, extends: null }, desk);
  const active = await activate(asked.grant, desk);
  const { told, failed } = await announce(wordsOf(active), active, listeners);
  const params = { told: [...told, ...active.skipped], failed: failed.map((one) => ({ ...one })) };
  const grant = await recorded(desk, { kind: 'grant', phase: 'notify', grant: active.grant, params }, active.grant);
  return { grant, told, failed };
}

/** Those that the estate names under `access.breakGlass.notify`. */
export function listenersOf(
  { access }: Pick<Estate, 'access'>,
  secret: (reference: SecretReference) => Promise<string>,
): readonly Listener[] {
  const { webhooks = [], syslog: address } = access?.breakGlass?.notify ?? {};
  return [
    ...webhooks.map(({ url }, index) => webhook(`webhook ${index + 1}`, () => secret(url))),
    ...(address === undefined ? [] : [syslog(address)]),
  ];
}

function wordsOf({ subject, seconds, actions, tenants, reason, grant, expiresAt }: Grant): string {
  return `break-glass: ${subject} may ${actions.join(', ')} on ${tenants.join(', ')} for ${spanWords(seconds)}, until ${expiresAt}, approved by nobody: ${reason ?? ''} (grant ${grant})`;
}
