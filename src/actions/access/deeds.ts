import type { Grant } from '#ledger/access/grant.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import { type AccessDesk, type AccessState, grantNamed, lookAt, recorded, standingOfGrant } from './open.ts';
import { presentIn } from './presence.ts';

/** Clocks further apart than this would show times that are not so (facts: access-audit.md §3.4). */
const mostSkewMs = 5_000;

/** The group that a vote would count for: the one named, or the first that is missing and that this person is in. */
export function groupFor(grant: Grant, named: string | null, access: AccessState): string {
  const { missing } = standingOfGrant(grant, access);
  const own = access.who.person?.groups ?? [];
  return named ?? missing.find(({ group }) => own.includes(group))?.group ?? missing[0]?.group ?? 'nobody';
}

/** One vote. `seen` is the grant as it was shown: approving names its digest. */
export async function approve(
  seen: Grant,
  { group, comment }: { readonly group: string; readonly comment: string | null },
  desk: AccessDesk,
): Promise<Grant> {
  const params = { group, digest: seen.digest, comment };
  return await recorded(desk, { kind: 'grant', phase: 'approve', grant: seen.grant, params }, seen.grant);
}

type Word = 'deny' | 'withdraw' | 'end' | 'revoke';

/** What ends a grant or a request: all of them only take away. */
export async function say(
  phase: Word,
  id: string,
  { reason, comment = null }: { readonly reason: string | null; readonly comment?: string | null },
  desk: AccessDesk,
): Promise<Grant> {
  const { grant } = grantNamed(id, (await lookAt(desk)).state);
  return await recorded(desk, { kind: 'grant', phase, grant, reason, params: { comment } }, grant);
}

/** The clock starts, by the store's. Refused where this host's clock would show another time than the store's. */
export async function activate(id: string, desk: AccessDesk): Promise<Grant> {
  const { offsetMs } = await presentIn(desk.ledger, desk.clock);
  if (Math.abs(offsetMs) > mostSkewMs) {
    const seconds = Math.round(Math.abs(offsetMs) / 1000);
    throw new TillError(
      `this host's clock is ${seconds} s ${offsetMs > 0 ? 'behind' : 'ahead of'} the ledger's: nothing is elevated while times here cannot be trusted`,
      {
        exit: exitCodes.refused,
        reason: 'clock-skew',
        next: 'set the clock (chronyc makestep), then activate again; till goes by the clock of the ledger alone',
      },
    );
  }
  const { grant } = grantNamed(id, (await lookAt(desk)).state);
  return await recorded(desk, { kind: 'grant', phase: 'activate', grant }, grant);
}

export async function review(
  id: string,
  { verdict, note }: { readonly verdict: 'justified' | 'not-justified'; readonly note: string | null },
  desk: AccessDesk,
): Promise<Grant> {
  const { grant } = grantNamed(id, (await lookAt(desk)).state);
  return await recorded(desk, { kind: 'grant', phase: 'review', grant, params: { verdict, note } }, grant);
}
