import type { LedgerState } from '../state.ts';
import { type Grant, statusAt } from './grant.ts';

/** What an operation would use a grant for. */
export interface Wanted {
  readonly action: string;
  readonly tenants: readonly string[];
  /** The digest of its plan. */
  readonly plan: string | null;
}

/** What this grant does not cover of it, in words; null when it covers all. */
export function notCovered(
  grant: Grant,
  wanted: Wanted,
  subject: string | null,
  state: Pick<LedgerState, 'policy'>,
  now: number,
): string | null {
  const status = statusAt(grant, now);
  return status === 'active' ? outOfScope(grant, wanted, subject, state) : `it is ${status}`;
}

/** The same of a grant that is not active yet: what it would not cover if it were. */
export function outOfScope(
  grant: Grant,
  { action, tenants, plan }: Wanted,
  subject: string | null,
  { policy }: Pick<LedgerState, 'policy'>,
): string | null {
  const left = tenants.filter((tenant) => !grant.tenants.includes(tenant));
  switch (true) {
    case grant.subject !== subject:
      return `it is for ${grant.subject}`;
    case policy !== null && grant.policy === null:
      return 'it is from before there was a policy';
    case !grant.actions.includes(action):
      return `it does not permit ${action}`;
    case left.length > 0:
      return `it does not cover ${left.join(', ')}`;
    case grant.plan !== null && grant.plan !== plan:
      return `it is for the plan ${grant.plan} alone`;
    case grant.uses !== null && grant.used >= grant.uses:
      return grant.uses === 1 ? 'it has been used' : `it has been used ${grant.used} times`;
    default:
      return null;
  }
}

/** Grants are a union: any of them that covers it will do. First those for this very plan, then whichever lasts longest. */
export function covering(
  state: Pick<LedgerState, 'grants' | 'policy'>,
  wanted: Wanted,
  subject: string | null,
  now: number,
): Grant | null {
  const found = [...state.grants.values()].filter((grant) => notCovered(grant, wanted, subject, state, now) === null);
  const endOf = ({ expiresAt }: Grant) => (expiresAt === null ? 0 : Date.parse(expiresAt));
  return found.sort((a, b) => Number(a.plan === null) - Number(b.plan === null) || endOf(b) - endOf(a))[0] ?? null;
}
