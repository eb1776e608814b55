import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOfPolicy } from '#ledger/access/digests.ts';
import type { Policy } from '#ledger/access/policy.ts';
import { demandOf } from '#ledger/access/rules.ts';
import { admit } from '#ledger/admit.ts';
import type { FollowingDraft } from '#ledger/draft.ts';
import { obeyAccess } from '#ledger/laws-access.ts';
import type { Ledger } from '#ledger/ledger.ts';
import type { LedgerState } from '#ledger/state.ts';
import { TillError } from '#text/till-error.ts';
import { ledgerAs, newWorld, type World } from '../postgres/world.ts';
import { clockAt } from '../world.ts';
import { aPolicy, teamOf } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await newWorld();
});
afterAll(() => world.stop());

const logins = ['alice', 'alice_adm', 'bob', 'carol', 'dan', 'lea', 'leo', 'ci', 'mallory'];

/** One thing that somebody tries, whether or not they may; `pick` chooses among the grants that there are. */
type Deed = (state: LedgerState, newId: () => string, pick: number) => FollowingDraft | null;

const grantOf = (state: LedgerState, pick: number) =>
  [...state.grants.values()].at(pick % Math.max(1, state.grants.size));

const saying =
  (phase: 'deny' | 'withdraw' | 'activate' | 'end' | 'revoke' | 'lapse' | 'expire'): Deed =>
  (state, _newId, pick) => {
    const grant = grantOf(state, pick);
    return grant === undefined ? null : { kind: 'grant', phase, grant: grant.grant };
  };

const approving =
  (group: string): Deed =>
  (state, _newId, pick) => {
    const grant = grantOf(state, pick);
    const digest = pick % 7 === 0 ? 'd' : (grant?.digest ?? 'd');
    return grant === undefined
      ? null
      : { kind: 'grant', phase: 'approve', grant: grant.grant, params: { group, digest } };
  };

const forms = ['standard', 'standard', 'standard', 'standing', 'plan', 'break-glass'] as const;
const places = [['maple-toys'], ['cedar-home'], ['pixel-games'], ['maple-toys', 'pixel-games']] as const;

const asking =
  (subject: string): Deed =>
  (state, newId, pick) => {
    const ruled = state.policy;
    const form = forms[pick % forms.length] ?? 'standard';
    const tenants = [...(places[pick % places.length] ?? [])];
    const actions = pick % 5 === 0 ? ['rollback'] : ['scale'];
    const demand = ruled === null ? null : demandOf(ruled.body, { actions, tenants, now: Date.now() });
    return {
      ...{ kind: 'grant', phase: 'request', grant: newId(), reason: 'queue' },
      params: {
        ...{ form, subject, tenants, actions, policy: ruled?.policy ?? null },
        seconds: pick % 4 === 0 ? 10_000 : 600,
        plan: form === 'plan' ? 'abc' : null,
        uses: form === 'plan' ? 1 : null,
        needs: form === 'break-glass' || pick % 11 === 0 ? [] : (demand?.needs ?? []).map((need) => ({ ...need })),
        lapseSeconds: ruled?.body.lapseSeconds ?? null,
        extends: pick % 6 === 0 ? (grantOf(state, pick)?.grant ?? null) : null,
      },
    };
  };

const proposing =
  (change: (policy: Policy) => Policy): Deed =>
  (_state, newId) => {
    const body = change(aPolicy());
    const params = { policy: newId(), digest: digestOfPolicy(body), body };
    return { kind: 'policy', phase: 'propose', reason: 'x', params };
  };

const deeds: readonly Deed[] = [
  ...['alice', 'alice', 'bob', 'ci', 'dan'].map(asking),
  ...['sre', 'sre', 'retail', 'leads'].map(approving),
  ...(['deny', 'withdraw', 'activate', 'activate', 'end', 'revoke', 'lapse', 'expire'] as const).map(saying),
  (state, _newId, pick) => {
    const grant = grantOf(state, pick)?.grant;
    const params = { verdict: 'justified' as const, note: 'seen' };
    return grant === undefined ? null : { kind: 'grant', phase: 'review', grant, params };
  },
  (_state, newId, pick) => ({
    ...{ kind: 'lock', phase: 'begin', reason: 'x' },
    params: { lock: newId(), person: ['bob', 'dan', 'nobody'][pick % 3] ?? 'bob' },
  }),
  (state) => {
    const [lock] = state.locks.keys();
    return lock === undefined ? null : { kind: 'lock', phase: 'end', params: { lock } };
  },
  proposing((policy) => policy),
  proposing((policy) => ({
    ...policy,
    people: policy.people.map((one) => ({ ...one, groups: one.name === 'dan' ? ['sre'] : one.groups })),
  })),
  proposing((policy) => ({ ...policy, approvers: { group: 'leads', count: 5 } })),
  ...Array.from(
    { length: 2 },
    (): Deed => (state) => {
      const [proposal] = state.proposals.values();
      return proposal === undefined
        ? null
        : { kind: 'policy', phase: 'approve', params: { policy: proposal.policy, digest: proposal.digest } };
    },
  ),
];

async function reasonOf(work: () => unknown): Promise<string> {
  try {
    await work();
    return 'let in';
  } catch (error) {
    if (error instanceof TillError) {
      return error.reason;
    }
    throw error;
  }
}

describe('the laws of access', () => {
  it('let in and keep out the same in TypeScript and in SQL, whatever anybody tries', async () => {
    const seen = new Map<string, number>();
    const step = fc.record({
      login: fc.constantFrom(...logins),
      deed: fc.nat(deeds.length - 1),
      pick: fc.nat(1_000),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 30, maxLength: 60 }), async (story) => {
        const database = await world.newLedger({ writer: logins, reader: [], agent: [] });
        const ledgers = new Map<string, Ledger>();
        const as = (login: string): Ledger => {
          const known = ledgers.get(login) ?? ledgerAs(database, { login, clock: clockAt(Date.now()) });
          ledgers.set(login, known);
          return known;
        };
        await teamOf(as, Date.now).adopt(aPolicy());
        for (const { login, deed, pick } of story) {
          const ledger = as(login);
          const [state, { actor, now }] = await Promise.all([ledger.state(), ledger.presence()]);
          const draft = deeds[deed]?.(state, ledger.newId, pick) ?? null;
          if (draft !== null) {
            const ours = await reasonOf(() =>
              obeyAccess(admit(draft).draft, state, { actor, at: new Date(now).toISOString() }),
            );
            const theirs = await reasonOf(() => ledger.append(draft));
            const told = `${draft.kind}/${draft.phase} by ${login}: ours ${ours}, theirs ${theirs}`;
            expect(theirs === 'let in', told).toBe(ours === 'let in');
            seen.set(ours, (seen.get(ours) ?? 0) + 1);
          }
        }
        await Promise.all([...ledgers.values()].map((ledger) => ledger.close()));
      }),
      { numRuns: 25, endOnFailure: true },
    );
    expect(seen.size).toBeGreaterThan(12);
    expect(seen.get('let in')).toBeGreaterThan(100);
  }, 120_000);
});
