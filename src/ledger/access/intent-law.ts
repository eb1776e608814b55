import type { EntryBody } from '../entry.ts';
import type { Refusal } from '../ledger.ts';
import { notCovered } from './coverage.ts';
import { grantsNothing } from './keeping.ts';
import type { Case } from './law.ts';
import { lockOn, openBreak } from './standing.ts';

/** What an operation asks of access when its intent is written; null when nothing speaks against it. */
export function refusedByAccess(
  {
    kind,
    phase,
    action,
    target,
    grant,
    plan,
  }: Pick<EntryBody, 'kind' | 'phase' | 'action' | 'target' | 'grant' | 'plan'>,
  { state, who, now }: Case,
): Refusal | null {
  if (kind !== 'operation' || phase !== 'intent' || action === null) {
    return null;
  }
  if (grantsNothing(action)) {
    return null;
  }
  const lock = lockOn(who.name, state, now);
  if (lock !== null) {
    const message = `${lock.person} is locked: ${lock.reason ?? 'no reason given'}`;
    return {
      ...{ by: `lock ${lock.lock}`, reason: 'locked', message, until: lock.until },
      wayOut: `somebody else takes it off: till access unlock ${lock.person}`,
    };
  }
  const ruled = state.policy?.body;
  if (ruled?.free.includes(action) === true) {
    return null;
  }
  if (grant === null) {
    return ruled === undefined ? null : noGrant('the access policy asks for a grant, and none is named');
  }
  if (openBreak(state) !== null) {
    return noGrant('the ledger is missing entries that were anchored; nothing is elevated until that is acknowledged');
  }
  const known = state.grants.get(grant);
  const wanted = { action, tenants: target?.tenants ?? [], plan: plan?.digest ?? null };
  const why = known === undefined ? 'there is no such grant' : notCovered(known, wanted, who.name, state, now);
  return why === null ? null : noGrant(`grant ${grant}: ${why}`);
}

function noGrant(message: string): Refusal {
  return { by: 'access policy', reason: 'no-grant', message, until: null, wayOut: 'till access list --mine' };
}
