import { awaitsReview, type Credential, type Grant } from '#ledger/access/grant.ts';
import type { AccessNow } from '#policy/access/judge.ts';
import { standingOfGrant } from './open.ts';

/** What JSON carries of a grant (design §9): judged now, by the store's clock. */
export function grantFields(grant: Grant, access: AccessNow, failure: string | null = null) {
  const { status, missing } = standingOfGrant(grant, access);
  const { actor, credentials, ...said } = grant;
  const live = credentials.filter(({ retiredAt }) => retiredAt === null);
  return {
    ...said,
    status,
    requestedBy: actor,
    missing,
    leftSeconds: status === 'active' ? secondsUntil(grant.expiresAt, access.now) : null,
    lapsesInSeconds: status === 'pending' || status === 'approved' ? secondsUntil(grant.lapsesAt, access.now) : null,
    awaitsReview: awaitsReview(grant),
    residualUntil: residualUntil(live),
    residual: live.map(residualWords),
    credentials,
    /** Why it failed, where it was read with its history. */
    failure,
  };
}

export type GrantFields = ReturnType<typeof grantFields>;

/** Whole seconds, rounded down, never negative; null when it does not end by itself. */
function secondsUntil(instant: string | null, now: number): number | null {
  return instant === null ? null : Math.max(0, Math.floor((Date.parse(instant) - now) / 1000));
}

/** The latest instant at which anything issued can still work; null when nothing is out, or when one thing has no end of its own. */
function residualUntil(live: readonly Credential[]): string | null {
  const ends = live.map((credential) => credential.residualUntil);
  return ends.includes(null)
    ? null
    : (ends
        .filter((end) => end !== null)
        .sort()
        .at(-1) ?? null);
}

function residualWords({ system, where, name, residualUntil: until, residual }: Credential): string {
  const end = until === null ? 'until it is removed' : `until ${until}`;
  return `${system} ${where}: ${name} can still work ${end}${residual === null ? '' : ` (${residual})`}`;
}
