import { type Grant, statusAt } from '#ledger/access/grant.ts';
import { missingNow } from '#ledger/access/votes.ts';
import type { AccessNow } from '#policy/access/judge.ts';

/** Where it stands now, and what it still waits for. By itself, since the console's first frame needs no more than this. */
export function standingOfGrant(grant: Grant, { state, now }: AccessNow) {
  const status = statusAt(grant, now);
  const waits = status === 'pending' || status === 'approved';
  return { status, missing: waits ? missingNow(grant, state.policy?.body ?? null, now) : [] };
}
