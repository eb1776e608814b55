import * as v from 'valibot';
import type { LedgerEntry } from '../entry.ts';
import type { MutableLedgerState } from '../state.ts';
import { digestOfRequest } from './digests.ts';
import { awaitsReview, type Credential, type Grant, type GrantStatus, missingVotes, statusAt } from './grant.ts';
import { personOf } from './people.ts';
import { policySchema } from './policy.ts';
import { demandOf } from './rules.ts';
import { electorsOf } from './votes.ts';

type Fold = (state: MutableLedgerState, entry: LedgerEntry) => void;

/** An ended grant is kept so long for lists and reviews. */
const grantsKeptMs = 30 * 86_400_000;

const requestParams = v.object({
  form: v.picklist(['standard', 'break-glass', 'standing', 'plan']),
  subject: v.string(),
  actions: v.array(v.string()),
  tenants: v.array(v.string()),
  seconds: v.number(),
  from: v.nullable(v.string()),
  plan: v.nullable(v.string()),
  uses: v.nullable(v.number()),
  extends: v.nullable(v.string()),
  key: v.nullable(v.string()),
  policy: v.nullable(v.string()),
  lapseSeconds: v.nullable(v.number()),
  skipped: v.array(v.string()),
});

function requested(state: MutableLedgerState, entry: LedgerEntry): void {
  const { grant, seq, at, actor, reason, ticket, incident, params } = entry;
  if (grant === null) {
    return;
  }
  forgetOldGrants(state, at);
  const { policy, lapseSeconds, ...said } = v.parse(requestParams, params);
  const ruled = state.policy;
  const person = ruled === null ? null : personOf(actor.asserted, ruled.body);
  const skips = said.form === 'break-glass';
  const needs = skips || ruled === null ? [] : demandOf(ruled.body, { ...said, now: Date.parse(at) }).needs;
  const electors = ruled === null ? [] : electorsOf(needs, ruled.body);
  state.grants.set(grant, {
    ...{ grant, seq, requestedAt: at, requester: person?.name ?? null, actor, reason, ticket, incident, ...said },
    ...{ used: 0, digest: digestOfRequest(params), policy, needs, electors, votes: [] },
    status: needs.length === 0 ? 'approved' : 'pending',
    decidedAt: needs.length === 0 ? at : null,
    ...{ activatedAt: null, expiresAt: null, endedAt: null, credentials: [], review: null },
    lapsesAt: lapseSeconds === null ? null : later(at, lapseSeconds),
  });
}

function voted(state: MutableLedgerState, entry: LedgerEntry): void {
  const { group, comment } = v.parse(v.object({ group: v.string(), comment: v.nullable(v.string()) }), entry.params);
  const person = state.policy === null ? null : personOf(entry.actor.asserted, state.policy.body);
  change(state, entry, (grant) => {
    if (person === null) {
      return grant;
    }
    const votes = [...grant.votes, { person: person.name, group, at: entry.at, seq: entry.seq, comment }];
    const isDecided = grant.status === 'pending' && missingVotes({ needs: grant.needs, votes }).length === 0;
    return { ...grant, votes, ...(isDecided ? { status: 'approved' as const, decidedAt: entry.at } : {}) };
  });
}

function becomes(status: GrantStatus): Fold {
  return (state, entry) =>
    change(state, entry, (grant) => ({
      ...grant,
      status,
      ...(status === 'denied' || status === 'withdrawn' || status === 'lapsed' ? { decidedAt: entry.at } : {}),
      endedAt: grant.endedAt ?? entry.at,
    }));
}

const issued = v.object({ credentials: v.array(v.custom<Omit<Credential, 'retiredAt'>>(isCredential)) });

const folds: Readonly<Record<string, Fold>> = {
  'grant/request': requested,
  'grant/approve': voted,
  'grant/deny': becomes('denied'),
  'grant/withdraw': becomes('withdrawn'),
  'grant/lapse': becomes('lapsed'),
  'grant/fail': becomes('failed'),
  'grant/end': becomes('ended'),
  'grant/expire': becomes('expired'),
  'grant/revoke': becomes('revoked'),
  'grant/activate': (state, entry) =>
    change(state, entry, (grant) => {
      const activatedAt = happenedAt(entry);
      return { ...grant, status: 'active', activatedAt, expiresAt: later(activatedAt, grant.seconds) };
    }),
  'grant/issue': (state, entry) =>
    change(state, entry, (grant) => ({
      ...grant,
      credentials: [
        ...grant.credentials,
        ...v.parse(issued, entry.params).credentials.map((credential) => ({ ...credential, retiredAt: null })),
      ],
    })),
  'grant/notify': () => undefined,
  'grant/retire': (state, entry) => {
    const { credentials } = v.parse(v.object({ credentials: v.array(v.string()) }), entry.params);
    change(state, entry, (grant) => ({
      ...grant,
      credentials: grant.credentials.map((credential) =>
        credentials.includes(credential.id) ? { ...credential, retiredAt: entry.at } : credential,
      ),
    }));
  },
  'grant/review': (state, entry) => {
    const { verdict, note } = v.parse(reviewParams, entry.params);
    const person = state.policy === null ? null : personOf(entry.actor.asserted, state.policy.body);
    change(state, entry, (grant) => ({
      ...grant,
      review: { person: person?.name ?? null, verdict, note, at: entry.at },
    }));
  },

  'lock/begin': (state, { seq, at, params, reason, actor }) => {
    const { lock, person, until } = v.parse(lockParams, params);
    state.locks.set(lock, { lock, seq, at, person, reason, until, actor });
  },
  'lock/end': (state, { params }) => {
    state.locks.delete(v.parse(v.object({ lock: v.string() }), params).lock);
  },

  'policy/propose': (state, { seq, at, params, actor }) => {
    const { policy, digest, body } = v.parse(policyParams, params);
    const ruling = state.policy?.body ?? body;
    const proposedBy = personOf(actor.asserted, ruling)?.name ?? null;
    state.proposals.set(policy, { policy, seq, digest, body, proposedAt: at, proposedBy, approvedBy: [] });
  },
  'policy/approve': (state, { at, params, actor }) => {
    const proposal = state.proposals.get(v.parse(v.object({ policy: v.string() }), params).policy);
    if (proposal === undefined) {
      return;
    }
    const { body: ruling } = state.policy ?? proposal;
    const person = personOf(actor.asserted, ruling);
    const approvedBy = [...new Set([...proposal.approvedBy, ...(person === null ? [] : [person.name])])];
    if (approvedBy.length < ruling.approvers.count) {
      state.proposals.set(proposal.policy, { ...proposal, approvedBy });
      return;
    }
    const { policy, seq, digest, body } = proposal;
    state.policy = { policy, seq, since: at, digest, body };
    // Another proposal was made against a policy that is no more.
    state.proposals.clear();
  },
  'policy/withdraw': (state, { params }) => {
    state.proposals.delete(v.parse(v.object({ policy: v.string() }), params).policy);
  },

  'ledger/key': (state, { params }) => {
    const { vkey, from, until } = v.parse(keyParams, params);
    state.keys.set(vkey, { vkey, from, until });
  },
  'ledger/epoch': (state, { seq, at, params }) => {
    const { epoch, lost, anchored } = v.parse(epochParams, params);
    state.epochs.set(epoch, { epoch, seq, at, lost, anchored, acknowledgedBy: [] });
  },
  'ledger/epoch-acknowledge': (state, { params, actor }) => {
    const open = state.epochs.get(v.parse(v.object({ epoch: v.string() }), params).epoch);
    const person = state.policy === null ? null : personOf(actor.asserted, state.policy.body);
    if (open !== undefined && person !== null && !open.acknowledgedBy.includes(person.name)) {
      state.epochs.set(open.epoch, { ...open, acknowledgedBy: [...open.acknowledgedBy, person.name] });
    }
  },
};

/** The fold of an entry about access, by `kind/phase`; undefined when it is about something else. */
export function accessFold(kindAndPhase: string): Fold | undefined {
  return folds[kindAndPhase];
}

/** An operation under a grant uses it. */
export function countUse(state: MutableLedgerState, grant: string | null): void {
  const known = state.grants.get(grant ?? '');
  if (known !== undefined) {
    state.grants.set(known.grant, { ...known, used: known.used + 1 });
  }
}

function change(state: MutableLedgerState, { grant }: LedgerEntry, to: (grant: Grant) => Grant): void {
  const known = state.grants.get(grant ?? '');
  if (known !== undefined) {
    state.grants.set(known.grant, to(known));
  }
}

function forgetOldGrants(state: MutableLedgerState, at: string): void {
  const now = Date.parse(at);
  for (const [id, grant] of state.grants) {
    const status = statusAt(grant, now);
    const isOpen = status === 'pending' || status === 'approved' || status === 'active';
    const isBare = grant.credentials.every(({ retiredAt }) => retiredAt !== null);
    const over = grant.endedAt ?? grant.expiresAt ?? grant.lapsesAt ?? grant.requestedAt;
    if (!isOpen && isBare && !awaitsReview(grant) && Date.parse(over) < now - grantsKeptMs) {
      state.grants.delete(id);
    }
  }
}

/** Its fields were let in by the schema when it was written. */
function isCredential(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'id' in value;
}

/** What was written down while the shared store was away began then; never later than when it came into the ledger. */
function happenedAt({ at, spooled }: LedgerEntry): string {
  return spooled !== null && Date.parse(spooled.at) < Date.parse(at) ? new Date(spooled.at).toISOString() : at;
}

function later(at: string, seconds: number): string {
  return new Date(Date.parse(at) + seconds * 1000).toISOString();
}

const reviewParams = v.object({ verdict: v.picklist(['justified', 'not-justified']), note: v.nullable(v.string()) });
const lockParams = v.object({ lock: v.string(), person: v.string(), until: v.nullable(v.string()) });
const policyParams = v.object({ policy: v.string(), digest: v.string(), body: policySchema });
const keyParams = v.object({ vkey: v.string(), from: v.string(), until: v.nullable(v.string()) });
const epochParams = v.object({
  epoch: v.string(),
  lost: v.object({ from: v.number(), to: v.number() }),
  anchored: v.object({ size: v.number(), root: v.string(), anchor: v.string() }),
});
