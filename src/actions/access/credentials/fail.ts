import type { DutyEnd } from './duty.ts';
import { end } from './end.ts';
import type { MintingWorld } from './world.ts';

/** For so long what says no is asked again: somebody may be putting it right. */
const patienceMs = 60_000;

/**
 * A grant for which nothing could be issued, and nothing will be, has failed: its clock runs, and nobody can do anything with
 * it. Says so in the ledger, where its subject reads why, and takes away what was made on the way. False where it has not.
 */
export async function failedToMint(
  id: string,
  minted: DutyEnd,
  isLast: boolean,
  world: MintingWorld,
): Promise<boolean> {
  const grant = (await world.ledger.state()).grants.get(id);
  if (minted.status !== 'failed' || !minted.isRefusal || grant === undefined || grant.credentials.length > 0) {
    return false;
  }
  if (!isLast && (await world.now()) - Date.parse(grant.activatedAt ?? '') < patienceMs) {
    return false;
  }
  await world.ledger.append({ kind: 'grant', phase: 'fail', grant: id, reason: minted.message.slice(0, 1_000) });
  await end({ ...grant, status: 'failed' }, world);
  return true;
}
