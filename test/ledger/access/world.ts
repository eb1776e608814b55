import { expect } from 'vitest';
import { digestOfPolicy } from '#ledger/access/digests.ts';
import type { Grant } from '#ledger/access/grant.ts';
import type { Policy } from '#ledger/access/policy.ts';
import { demandOf } from '#ledger/access/rules.ts';
import type { FollowingDraft, IntentDraft } from '#ledger/draft.ts';
import type { Ledger } from '#ledger/ledger.ts';
import type { LedgerState } from '#ledger/state.ts';
import { clockAt, identity, intent, ledgerIn, newFolder, noon } from '../world.ts';

type Person = Policy['people'][number];

function person(name: string, groups: readonly string[], more: Partial<Person> = {}): Person {
  return { name, kind: 'human', os: [name], postgres: [name], kubernetes: [], key: null, groups: [...groups], ...more };
}

/** Alice has two accounts; bob and carol are sre, carol and dan retail, lea and leo change the policy; ci is a service. */
export function aPolicy(change: Partial<Policy> = {}): Policy {
  return {
    people: [
      person('alice', ['sre'], { os: ['alice', 'alice-adm'], postgres: ['alice', 'alice_adm'] }),
      person('bob', ['sre']),
      person('carol', ['sre', 'retail']),
      person('dan', ['retail']),
      person('lea', ['leads']),
      person('leo', ['leads']),
      person('ci', ['sre'], { kind: 'service' }),
    ],
    tenants: [
      { environment: 'production', tier: 'critical', names: ['harbour-shoes', 'cedar-home'] },
      { environment: 'production', tier: 'standard', names: ['maple-toys'] },
      { environment: 'staging', tier: 'basic', names: ['pixel-games'] },
    ],
    rules: [
      aRule('production', { environments: ['production'], approvals: [{ group: 'sre', count: 1 }] }),
      aRule('critical', {
        ...{ environments: ['production'], tiers: ['critical'], seconds: 3_600 },
        approvals: [{ group: 'retail', count: 1 }],
      }),
      aRule('staging', { environments: ['staging'], actions: ['restart', 'scale'], seconds: 1_800 }),
    ],
    free: ['freeze', 'incident', 'thaw', 'wake'],
    breakGlass: { groups: ['sre'], seconds: 900, reviewers: 'leads' },
    approvers: { group: 'leads', count: 2 },
    lapseSeconds: 86_400,
    ...change,
  };
}

export function aRule(name: string, change: Partial<Policy['rules'][number]> = {}): Policy['rules'][number] {
  return {
    ...{ name, actions: ['*'], environments: [], tiers: [], tenants: [], times: null, approvals: [], seconds: 14_400 },
    ...change,
  };
}

type Params = Extract<FollowingDraft, { readonly kind: 'grant'; readonly phase: 'request' }>['params'];

/** One file, its clock, and everybody under the accounts that the operating system knows them by. */
export async function aTeam(policy: Policy | null = aPolicy()) {
  const folder = await newFolder();
  const clock = clockAt(noon);
  const ledgers = new Map<string, Ledger>();
  const team = teamOf((user) => {
    const known = ledgers.get(user) ?? ledgerIn(folder, { clock, identity: { ...identity, user } });
    ledgers.set(user, known);
    return known;
  }, clock.now);
  if (policy !== null) {
    await team.adopt(policy);
  }
  return { ...team, clock };
}

/** What people do with a ledger, whichever store it is kept in. */
export function teamOf(as: (user: string) => Ledger, now: () => number) {
  const state = (): Promise<LedgerState> => as('lea').state();
  const team = {
    ...{ as, state },
    grant: async (id: string): Promise<Grant> => (await state()).grants.get(id) ?? expect.fail(`no grant ${id}`),

    async adopt(body: Policy): Promise<string> {
      const policyId = as('lea').newId();
      const digest = digestOfPolicy(body);
      const params = { policy: policyId, digest, body };
      await as('lea').append({ kind: 'policy', phase: 'propose', reason: 'as agreed', params });
      for (const lead of ['lea', 'leo']) {
        await as(lead).append({ kind: 'policy', phase: 'approve', params: { policy: policyId, digest } });
      }
      return policyId;
    },

    /** As the requester's side would put it together; `change` is what it says otherwise. */
    async request(user: string, change: Partial<Params> = {}): Promise<string> {
      const { policy: ruled } = await state();
      const who = ruled?.body.people.find(({ os, postgres }) => [...os, ...postgres].includes(user))?.name ?? user;
      const wanted = { actions: ['scale'], tenants: ['maple-toys'], ...change };
      const isBroken = change.form === 'break-glass';
      const demand = ruled === null || isBroken ? null : demandOf(ruled.body, { ...wanted, now: now() });
      const grant = as(user).newId();
      await as(user).append({
        ...{ kind: 'grant', phase: 'request', grant, reason: 'queue is long' },
        params: {
          ...{ form: 'standard', subject: who, seconds: 900, policy: ruled?.policy ?? null },
          needs: (demand?.needs ?? []).map((need) => ({ ...need })),
          lapseSeconds: ruled?.body.lapseSeconds ?? null,
          ...wanted,
        },
      });
      return grant;
    },

    async approve(user: string, grant: string, group: string): Promise<void> {
      const { digest } = await team.grant(grant);
      await as(user).append({ kind: 'grant', phase: 'approve', grant, params: { group, digest } });
    },

    async say(
      user: string,
      phase: 'activate' | 'deny' | 'withdraw' | 'fail' | 'end' | 'revoke' | 'expire' | 'lapse',
      grant: string,
    ) {
      await as(user).append({ kind: 'grant', phase, grant });
    },

    /** Approved and active, for whoever asked. */
    async given(user: string, approvals: readonly (readonly [string, string])[], change: Partial<Params> = {}) {
      const grant = await team.request(user, change);
      for (const [voter, group] of approvals) {
        await team.approve(voter, grant, group);
      }
      await team.say(user, 'activate', grant);
      return grant;
    },

    act: (user: string, grant: string | null, change: Partial<IntentDraft> = {}) =>
      as(user).append(intent({ target: { tenants: ['maple-toys'] }, grant, ...change })),
  };
  return team;
}
