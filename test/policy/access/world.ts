import type { Grant } from '#ledger/access/grant.ts';
import type { Policy } from '#ledger/access/policy.ts';
import { standingOf } from '#ledger/access/standing.ts';
import type { Asserted } from '#ledger/entry.ts';
import { emptyState, type MutableLedgerState } from '#ledger/state.ts';
import type { AccessNow } from '#policy/access/judge.ts';
import { aPolicy } from '../../ledger/access/world.ts';

export const noon = Date.parse('2026-11-27T12:00:00Z');
export const policyId = '01JDQ00000000000000000P001';

export function osUser(user: string): Asserted {
  return { by: 'os', user, uid: 1000, login: 1000, host: 'bastion-1', pid: 7 };
}

/** Alice's, for scaling maple-toys, active from noon for 15 minutes; `change` is what is otherwise. */
export function aGrant(change: Partial<Grant> = {}): Grant {
  const actor = {
    asserted: osUser(change.subject ?? 'alice'),
    claimed: { app: null, person: null, tty: null, from: null, session: null },
  };
  return {
    ...{ grant: '01JDQ000000000000000000001', form: 'standard', seq: 9, requestedAt: '2026-11-27T11:50:00.000Z' },
    ...{ subject: 'alice', requester: 'alice', actor, actions: ['scale'], tenants: ['maple-toys'], seconds: 900 },
    ...{ from: null, plan: null, uses: null, used: 0, extends: null, key: null, reason: 'queue', ticket: null },
    ...{ incident: null, digest: 'd'.repeat(64), policy: policyId, needs: [], electors: [], votes: [] },
    ...{ status: 'active', decidedAt: '2026-11-27T11:55:00.000Z', activatedAt: '2026-11-27T12:00:00.000Z' },
    ...{ expiresAt: '2026-11-27T12:15:00.000Z', endedAt: null, lapsesAt: null, credentials: [], skipped: [] },
    ...{ review: null, ...change },
  } as Grant;
}

/** What access looks at: these grants, under this policy, as this account of the operating system. */
export function accessOf(
  grants: readonly Grant[],
  {
    user = 'alice',
    policy = aPolicy(),
    now = noon,
    change = () => undefined,
  }: {
    readonly user?: string;
    readonly policy?: Policy | null;
    readonly now?: number;
    readonly change?: (state: MutableLedgerState) => void;
  } = {},
): AccessNow {
  const state = emptyState();
  state.policy =
    policy === null
      ? null
      : { policy: policyId, seq: 3, since: '2026-11-01T00:00:00.000Z', digest: 'ab'.repeat(32), body: policy };
  for (const grant of grants) {
    state.grants.set(grant.grant, grant);
  }
  change(state);
  return { state, who: standingOf(osUser(user), state), now };
}
