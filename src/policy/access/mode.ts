import { awaitsReview, type Grant, statusAt } from '#ledger/access/grant.ts';
import { lockOn, openBreak } from '#ledger/access/standing.ts';
import type { AccessNow } from './judge.ts';

/** What this person may do to systems now, and until when (design §6). */
export interface Mode {
  readonly mode: 'READ-ONLY' | 'READ-WRITE' | 'ELEVATED';
  /** RFC 3339 UTC, by the store's clock; null when it does not end by itself. */
  readonly until: string | null;
  /** Whole seconds that are left, rounded down: at 0 it is over. */
  readonly seconds: number | null;
  /** The live grants, the one that ends last first. */
  readonly grants: readonly Grant[];
}

/**
 * Made anew from the state and the clock each time: nobody has to be told when it is over. Where a policy is in force, neither
 * the estate's file nor `--write` opens anything.
 */
export function modeNow({ state, who, now }: AccessNow, estateMode: 'READ-ONLY' | 'READ-WRITE'): Mode {
  const isHeld = lockOn(who.name, state, now) !== null || openBreak(state) !== null;
  const endOf = ({ expiresAt }: Grant) => (expiresAt === null ? 0 : Date.parse(expiresAt));
  const live = [...state.grants.values()]
    .filter((grant) => !isHeld && grant.subject === who.name && statusAt(grant, now) === 'active')
    .filter((grant) => state.policy === null || grant.policy !== null)
    .filter(({ uses, used }) => uses === null || used < uses)
    .sort((a, b) => endOf(b) - endOf(a));
  const [last] = live;
  if (last !== undefined) {
    const seconds = Math.max(0, Math.floor((endOf(last) - now) / 1000));
    return { mode: 'ELEVATED', until: last.expiresAt, seconds, grants: live };
  }
  const mode = state.policy === null && !isHeld ? estateMode : 'READ-ONLY';
  return { mode, until: null, seconds: null, grants: [] };
}

/** `ELEVATED 44:59 left`, `READ-ONLY`. */
export function modeWords({ mode, seconds }: Pick<Mode, 'mode' | 'seconds'>): string {
  if (mode !== 'ELEVATED' || seconds === null) {
    return mode;
  }
  const two = (number: number) => String(number).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
  return `ELEVATED ${hours === 0 ? rest : `${hours}:${rest}`} left`;
}

/** What stays on screen until somebody has dealt with it. */
export interface Notices {
  /** Break-glass that is open now. */
  readonly broken: readonly Grant[];
  /** Break-glass that waits for a review by somebody else. */
  readonly reviews: readonly Grant[];
}

export function noticesNow({ state, now }: Pick<AccessNow, 'state' | 'now'>): Notices {
  const grants = [...state.grants.values()];
  return {
    broken: grants.filter((grant) => grant.form === 'break-glass' && statusAt(grant, now) === 'active'),
    reviews: grants.filter(awaitsReview),
  };
}
