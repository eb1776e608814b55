import type { Grant } from '#ledger/access/grant.ts';
import { admit } from '#ledger/admit.ts';
import type { FollowingDraft } from '#ledger/draft.ts';
import { obeyAccess } from '#ledger/laws-access.ts';
import type { Ledger } from '#ledger/ledger.ts';
import type { LedgerState } from '#ledger/state.ts';
import type { AccessNow } from '#policy/access/judge.ts';
import { clean } from '#text/clean.ts';
import type { Clock } from '#text/clock.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import { accessNow, presentIn } from './presence.ts';

export { standingOfGrant } from './standing-of-grant.ts';

/** The ledger, and the clock that its own is measured against. */
export interface AccessDesk {
  readonly ledger: Ledger;
  readonly clock: Clock;
}

export interface AccessState extends AccessNow {
  readonly state: LedgerState;
}

/** Who we are to the store, what time it is there, and what the ledger amounts to. */
export async function lookAt({ ledger, clock }: AccessDesk): Promise<AccessState> {
  const [present, state] = await Promise.all([presentIn(ledger, clock), ledger.state()]);
  return { ...accessNow(present, state, clock), state };
}

/** By its id, or by the beginning or the end of it. Throws TillError (exit 2) when none is meant, or more than one. */
export function grantNamed(text: string, { grants }: Pick<LedgerState, 'grants'>): Grant {
  const wanted = text.toUpperCase();
  const found = [...grants.values()].filter(({ grant }) => grant.startsWith(wanted) || grant.endsWith(wanted));
  const [only] = found;
  if (only !== undefined && found.length === 1) {
    return only;
  }
  throw new TillError(
    only === undefined ? `there is no grant "${clean(text)}"` : `"${clean(text)}" means more than one grant`,
    {
      exit: exitCodes.usage,
      reason: 'unknown-grant',
      target: clean(text).slice(0, 64),
      next: '`till access list --all` lists them',
    },
  );
}

/**
 * Records it, and hands over what the ledger amounts to then. The laws are asked here first, where they can say most; the store
 * judges by its own all the same.
 */
export async function written(desk: AccessDesk, draft: FollowingDraft): Promise<LedgerState> {
  const { ledger, clock } = desk;
  const [{ actor, offsetMs }, state] = await Promise.all([presentIn(ledger, clock), ledger.state()]);
  obeyAccess(admit(draft).draft, state, { actor, at: new Date(clock.now() + offsetMs).toISOString() });
  await ledger.append(draft);
  return await ledger.state();
}

/** The same of a grant, by its id. */
export async function recorded(desk: AccessDesk, draft: FollowingDraft, grant: string): Promise<Grant> {
  return grantNamed(grant, await written(desk, draft));
}
