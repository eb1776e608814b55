import type { AccessStanding } from '#actions/desk/access-port.ts';
import type { Grant, Vote } from '#ledger/access/grant.ts';
import type { Policy } from '#ledger/access/policy.ts';
import { standingOf } from '#ledger/access/standing.ts';
import { emptyState, type LedgerState } from '#ledger/state.ts';
import { ago, blackFriday } from './makers.ts';

function person(
  name: string,
  groups: readonly string[],
  kind: 'human' | 'service' = 'human',
): Policy['people'][number] {
  return { name, kind, os: [name], postgres: [name], kubernetes: [], key: null, groups: [...groups] };
}

/** Kim and bob are sre, dan is retail; lea and leo change the policy and review. */
export const policy: Policy = {
  people: [
    person('kim', ['sre']),
    person('bob', ['sre']),
    person('dan', ['retail']),
    person('lea', ['leads']),
    person('leo', ['leads']),
  ],
  tenants: [{ environment: 'production', tier: 'critical', names: ['harbour-shoes', 'maple-toys'] }],
  rules: [
    {
      ...{ name: 'production', actions: ['*'], environments: [], tiers: [], tenants: [], times: null, seconds: 14_400 },
      approvals: [{ group: 'sre', count: 1 }],
    },
  ],
  free: ['incident'],
  breakGlass: { groups: ['sre'], seconds: 900, reviewers: 'leads' },
  approvers: { group: 'leads', count: 2 },
  lapseSeconds: 86_400,
};

export const later = (seconds: number) => new Date(blackFriday + seconds * 1000).toISOString();

export const vote = (person: string, group = 'sre'): Vote => ({ person, group, at: ago(60), seq: 12, comment: null });

let seq = 10;

export function aGrant(change: Partial<Grant> = {}): Grant {
  seq += 1;
  const subject = change.subject ?? 'kim';
  return {
    ...{ grant: `01JDG00000000000000000000${seq}`, form: 'standard', seq, requestedAt: ago(120) },
    ...{ subject, requester: subject, actions: ['restart'], tenants: ['harbour-shoes'], seconds: 1_800 },
    actor: {
      asserted: { by: 'postgresql', login: subject, address: '10.0.0.7', server: '7301' },
      claimed: { app: 'till/0.1.0', person: null, tty: 'pts/4', from: '10.0.0.9', session: null },
    },
    ...{ from: null, plan: null, uses: null, used: 0, extends: null, key: null },
    ...{ reason: 'stuck workers', ticket: 'CHG-7', incident: null, digest: '5f1e'.repeat(16), policy: '01JDP' },
    needs: [{ group: 'sre', count: 1 }],
    electors: [{ group: 'sre', people: ['kim', 'bob'] }],
    ...{ votes: [], status: 'pending', decidedAt: null, activatedAt: null, expiresAt: null, endedAt: null },
    ...{ lapsesAt: later(80_000), credentials: [], skipped: [], review: null },
    ...change,
  };
}

/** One that runs, with so many seconds left. */
export function anActive(left: number, change: Partial<Grant> = {}): Grant {
  return aGrant({
    ...{ status: 'active', votes: [vote('bob')], decidedAt: ago(60), activatedAt: ago(30), expiresAt: later(left) },
    ...change,
  });
}

export function aGlass(left: number, change: Partial<Grant> = {}): Grant {
  return anActive(left, {
    ...{ form: 'break-glass', subject: 'bob', requester: 'bob', needs: [], electors: [], votes: [], seconds: 900 },
    ...{ reason: 'tills are down', ticket: null, skipped: ['lea', 'leo'] },
    ...change,
  });
}

/** The ledger as this person's console knows it. */
export function anAccess(
  me: string,
  grants: readonly Grant[],
  { ruled = true, offsetMs = 0, ...change }: Partial<LedgerState> & { ruled?: boolean; offsetMs?: number } = {},
): AccessStanding {
  const state: LedgerState = {
    ...emptyState(),
    policy: ruled ? { policy: '01JDP', seq: 3, since: ago(90_000), digest: 'ab12'.repeat(16), body: policy } : null,
    grants: new Map(grants.map((grant) => [grant.grant, grant])),
    ...change,
  };
  const asserted = { by: 'postgresql', login: me, address: null, server: '7301' } as const;
  return { state, who: standingOf(asserted, state), offsetMs };
}
