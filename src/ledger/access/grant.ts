import type { Actor } from '../entry.ts';
import type { Need } from './rules.ts';

export type GrantForm = 'standard' | 'break-glass' | 'standing' | 'plan';

/** As recorded; that time has run out is judged when read (`statusAt`). */
export type GrantStatus =
  | 'pending'
  | 'approved'
  | 'active'
  | 'denied'
  | 'withdrawn'
  | 'lapsed'
  | 'ended'
  | 'revoked'
  | 'expired'
  | 'failed';

export interface Vote {
  readonly person: string;
  /** The group that it counts for. */
  readonly group: string;
  readonly at: string;
  readonly seq: number;
  readonly comment: string | null;
}

/** Something issued under a grant that a system would accept. */
export interface Credential {
  readonly id: string;
  readonly system: 'kubernetes' | 'postgres' | 'redis';
  /** The cluster or server, as the estate names it. */
  readonly where: string;
  readonly tenants: readonly string[];
  /** ServiceAccount `namespace/name`, login, ACL user. */
  readonly name: string;
  /** A token's `jti`, which the API server's audit log names; null where there is none. */
  readonly jti: string | null;
  /** RFC 3339 UTC, by the clock of the system that checks it; null when it does not end by itself. */
  readonly expiresAt: string | null;
  /** The latest instant at which something issued can still work though the grant is over; null: until it is removed. */
  readonly residualUntil: string | null;
  readonly residual: string | null;
  /** SHA-256 of the sealed box; null or absent where nothing was handed over. */
  readonly sealed?: string | null;
  readonly retiredAt: string | null;
}

export interface Review {
  readonly person: string | null;
  readonly verdict: 'justified' | 'not-justified';
  readonly note: string | null;
  readonly at: string;
}

/** A time-bound permission: actions × tenants × span, or one plan's digest once (design §1). */
export interface Grant {
  readonly grant: string;
  readonly form: GrantForm;
  readonly seq: number;
  readonly requestedAt: string;
  /** The person who may use it. */
  readonly subject: string;
  /** Who asked, by the policy's people; null where no policy names them. */
  readonly requester: string | null;
  readonly actor: Actor;
  readonly actions: readonly string[];
  readonly tenants: readonly string[];
  readonly seconds: number;
  /** Not before; null: from activation. */
  readonly from: string | null;
  /** Only the plan with this digest. */
  readonly plan: string | null;
  /** How often; null: as often as wanted while it lasts. */
  readonly uses: number | null;
  readonly used: number;
  readonly extends: string | null;
  readonly key: string | null;
  readonly reason: string | null;
  readonly ticket: string | null;
  readonly incident: string | null;
  /** Of the request: what an approver has seen is what they approve. */
  readonly digest: string;
  /** The policy that it was asked under; null where there is none (approvals: 0). */
  readonly policy: string | null;
  readonly needs: readonly Need[];
  /** Who was in the groups that it needs when it was asked for: who joined one later does not decide it. */
  readonly electors: readonly { readonly group: string; readonly people: readonly string[] }[];
  readonly votes: readonly Vote[];
  readonly status: GrantStatus;
  readonly decidedAt: string | null;
  readonly activatedAt: string | null;
  readonly expiresAt: string | null;
  readonly endedAt: string | null;
  readonly lapsesAt: string | null;
  readonly credentials: readonly Credential[];
  /** People and services whose approval a break-glass grant has skipped, who are told. */
  readonly skipped: readonly string[];
  readonly review: Review | null;
}

/** Its status now: a span that is over has ended whether or not anybody recorded it. */
export function statusAt(grant: Pick<Grant, 'status' | 'expiresAt' | 'lapsesAt'>, now: number): GrantStatus {
  const { status, expiresAt, lapsesAt } = grant;
  if (status === 'active' && expiresAt !== null && now >= Date.parse(expiresAt)) {
    return 'expired';
  }
  const waits = status === 'pending' || status === 'approved';
  return waits && lapsesAt !== null && now >= Date.parse(lapsesAt) ? 'lapsed' : status;
}

/** What is still missing of what it needs. */
export function missingVotes({ needs, votes }: Pick<Grant, 'needs' | 'votes'>): readonly Need[] {
  return needs
    .map(({ group, count }) => ({ group, count: count - votes.filter((vote) => vote.group === group).length }))
    .filter(({ count }) => count > 0);
}

/** A break-glass grant asks for a review by somebody else until it has one (design §1). */
export function awaitsReview({ form, activatedAt, review }: Pick<Grant, 'form' | 'activatedAt' | 'review'>): boolean {
  return form === 'break-glass' && activatedAt !== null && review === null;
}

/** A person or a service that may do nothing until the lock is taken off. */
export interface Lock {
  readonly lock: string;
  readonly seq: number;
  readonly at: string;
  readonly person: string;
  readonly reason: string | null;
  readonly until: string | null;
  readonly actor: Actor;
}
