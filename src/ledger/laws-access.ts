import * as grants from './access/grant-laws.ts';
import { refusedByAccess as judged } from './access/intent-law.ts';
import type { Case } from './access/law.ts';
import { mayLock, mayUnlock } from './access/lock-laws.ts';
import { mayAdopt, mayPropose, mayTakeBack } from './access/policy-laws.ts';
import { mayBeRequested } from './access/request-law.ts';
import { standingOf } from './access/standing.ts';
import type { Stamp } from './body.ts';
import type { Admitted } from './draft.ts';
import type { EntryBody } from './entry.ts';
import type { Refusal } from './ledger.ts';
import type { LedgerState } from './state.ts';

/**
 * What holds for every entry about access, whoever writes it, by the store's clock and the store's word on who that is.
 * Judged in the append itself; throws a TillError when it does not hold. The PostgreSQL store has the same laws in SQL.
 */
export function obeyAccess(draft: Admitted, state: LedgerState, stamp: Pick<Stamp, 'at' | 'actor'>): void {
  // A law takes the drafts of its own kind and phase alone, which is what its name in the table says.
  const law = (laws as Laws)[`${draft.kind}/${draft.phase}`];
  law?.(draft as never, caseOf(state, stamp));
}

type Laws = Readonly<Record<string, ((draft: never, given: Case) => void) | undefined>>;

const laws = {
  'grant/request': mayBeRequested,
  'grant/approve': grants.mayApprove,
  'grant/deny': grants.mayDeny,
  'grant/withdraw': grants.mayWithdraw,
  'grant/lapse': grants.mayLapse,
  'grant/activate': grants.mayActivate,
  'grant/fail': grants.mayFail,
  'grant/end': grants.mayEnd,
  'grant/expire': grants.mayExpire,
  'grant/revoke': grants.mayRevoke,
  'grant/review': grants.mayReview,
  'grant/issue': grants.isKnown,
  'grant/retire': grants.isKnown,
  'grant/notify': grants.isKnown,
  'lock/begin': mayLock,
  'lock/end': mayUnlock,
  'policy/propose': mayPropose,
  'policy/approve': mayAdopt,
  'policy/withdraw': mayTakeBack,
} satisfies Laws;

/** What access says of an intent, in the words of a refusal that is recorded; null when nothing speaks against it. */
export function refusedByAccess(body: EntryBody, state: LedgerState): Refusal | null {
  return judged(body, caseOf(state, body));
}

function caseOf(state: LedgerState, { at, actor }: Pick<Stamp, 'at' | 'actor'>): Case {
  return { state, who: standingOf(actor.asserted, state), now: Date.parse(at) };
}
