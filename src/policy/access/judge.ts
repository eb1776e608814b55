import { covering, outOfScope, type Wanted } from '#ledger/access/coverage.ts';
import { type Grant, statusAt } from '#ledger/access/grant.ts';
import { grantsNothing } from '#ledger/access/keeping.ts';
import { demandOf } from '#ledger/access/rules.ts';
import { lockOn, openBreak, type Standing } from '#ledger/access/standing.ts';
import { missingNow } from '#ledger/access/votes.ts';
import type { LedgerState } from '#ledger/state.ts';
import type { PolicyBlocker } from '../refusal.ts';
import { requestLine } from './line.ts';
import { needsWords } from './needs-words.ts';

/** What access looks at: the ledger's word on who this is, by the ledger's clock. */
export interface AccessNow {
  readonly state: Pick<LedgerState, 'policy' | 'grants' | 'locks' | 'epochs'>;
  readonly who: Standing;
  /** Epoch milliseconds, by the store's clock. */
  readonly now: number;
}

/** How long the suggested request is for, where no rule says less. */
const usualSeconds = 1_800;

/** The grant that an operation would be done under; null when there is none, or none is needed. */
export function grantFor(wanted: Wanted, { state, who, now }: AccessNow): Grant | null {
  return openBreak(state) === null ? covering(state, wanted, who.name, now) : null;
}

export function lockedOut(action: string, { state, who, now }: AccessNow): readonly PolicyBlocker[] {
  const lock = grantsNothing(action) ? null : lockOn(who.name, state, now);
  return lock === null
    ? []
    : [
        {
          word: 'locked',
          by: `lock ${lock.lock}`,
          reason: `${lock.person} is locked: ${lock.reason ?? 'no reason given'}`,
          until: lock.until,
          wayOut: `somebody else takes it off: till access unlock ${lock.person}`,
        },
      ];
}

/** With a policy in force: what is not free needs a grant, and the refusal says exactly how to come by one. */
export function withoutGrant(wanted: Wanted, reason: string | null, access: AccessNow): readonly PolicyBlocker[] {
  const { policy } = access.state;
  if (policy === null || policy.body.free.includes(wanted.action) || grantFor(wanted, access) !== null) {
    return [];
  }
  const on = wanted.tenants.length === 0 ? '' : ` on ${wanted.tenants.join(', ')}`;
  return [
    {
      word: 'no-grant',
      by: `access policy ${policy.digest.slice(0, 12)}`,
      reason: `${wanted.action}${on} needs a grant`,
      until: null,
      wayOut: wayToGrant(wanted, reason, access),
    },
  ];
}

/** The next step towards a grant for it: one that waits already, or the line that asks for one. */
export function wayToGrant(wanted: Wanted, reason: string | null, access: AccessNow): string {
  const { state, who, now } = access;
  const broken = openBreak(state);
  if (broken !== null) {
    return `the ledger is missing entries: two people type till ledger epoch acknowledge ${broken.epoch}`;
  }
  if (who.name === null) {
    const login = who.asserted.by === 'os' ? who.asserted.user : who.asserted.login;
    return `the access policy names nobody known as ${login}: people: in estate.yaml, then till access policy propose`;
  }
  return waiting(wanted, access) ?? asking(wanted, reason, who, state, now);
}

function waiting(wanted: Wanted, { state, who, now }: AccessNow): string | null {
  const own = [...state.grants.values()].filter((grant) => outOfScope(grant, wanted, who.name, state) === null);
  const approved = own.find((grant) => statusAt(grant, now) === 'approved');
  const pending = own.find((grant) => statusAt(grant, now) === 'pending');
  const missing = (grant: Grant) => needsWords(missingNow(grant, state.policy?.body ?? null, now));
  if (approved !== undefined) {
    const left = missing(approved);
    const begins = approved.from !== null && now < Date.parse(approved.from) ? ` from ${approved.from} on` : '';
    return left === 'nobody' ? `approved: till access activate ${approved.grant}${begins}` : waits(approved, left);
  }
  return pending === undefined ? null : waits(pending, missing(pending));
}

function waits({ grant }: Grant, left: string): string {
  return `pending: it waits for ${left}, who type till access approve ${grant}`;
}

function asking(
  { action, tenants }: Wanted,
  reason: string | null,
  { person }: Standing,
  { policy }: AccessNow['state'],
  now: number,
): string {
  const line = { tenants, actions: [action], reason };
  if (policy === null) {
    return requestLine({ ...line, seconds: usualSeconds });
  }
  const { forbidden, seconds } = demandOf(policy.body, { actions: [action], tenants, now });
  if (forbidden.length === 0) {
    return requestLine({ ...line, seconds: Math.min(usualSeconds, seconds ?? usualSeconds) });
  }
  const { breakGlass } = policy.body;
  return breakGlass !== null && person?.groups.some((group) => breakGlass.groups.includes(group)) === true
    ? `no rule permits it now; ${requestLine({ ...line, seconds: breakGlass.seconds, word: 'break-glass' })}`
    : 'no rule permits it now: till access policy show prints them';
}
