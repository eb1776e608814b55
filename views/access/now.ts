import type { Case } from '#ledger/access/law.ts';
import { lockOn } from '#ledger/access/standing.ts';
import type { ConsoleState } from '../state/state.ts';

/** Who we are to the ledger and what it amounts to, at this moment of its own clock; null until it was read. */
export function accessOf({ acting: { standing }, now }: ConsoleState): Case | null {
  const access = standing?.access ?? null;
  return access === null ? null : { state: access.state, who: access.who, now: now + access.offsetMs };
}

/** A policy in force says who may do what; the mode of the estate's file says nothing then. */
export function isRuled(state: ConsoleState): boolean {
  return (accessOf(state)?.state.policy ?? null) !== null;
}

/** Why nothing may be begun now, whatever it is; null when something may. */
export function heldBack(state: ConsoleState): string | null {
  if (state.acting.standing?.isAway === true) {
    return awayWords;
  }
  const access = accessOf(state);
  const lock = access === null ? null : lockOn(access.who.name, access.state, access.now);
  return lock === null ? null : `${lock.person} is locked: ${lock.reason ?? 'no reason given'}`;
}

export const awayWords = 'ledger away: only revoke, lock, freeze work';
