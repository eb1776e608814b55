import { exitCodes, TillError, type TillErrorFields } from '#text/till-error.ts';
import type { Admitted } from '../draft.ts';
import type { LedgerState } from '../state.ts';
import { lockOn, openBreak, type Standing } from './standing.ts';

/** Who writes an entry and when, by the store's word alone, and what the ledger amounts to then. */
export interface Case {
  readonly state: LedgerState;
  readonly who: Standing;
  /** Epoch milliseconds, by the store's clock. */
  readonly now: number;
}

export type DraftOf<K extends Admitted['kind'], P extends string> = Extract<
  Admitted,
  { readonly kind: K; readonly phase: P }
>;

export function refused(
  reason: string,
  message: string,
  fields: Partial<Pick<TillErrorFields, 'target' | 'next' | 'exit'>> = {},
): TillError {
  return new TillError(message, { exit: exitCodes.refused, reason, ...fields });
}

/** Somebody whom the policy names, or anybody where there is none. Returns their name. */
export function mustBeKnown({ who, state }: Case): string {
  if (who.name === null) {
    const login = who.asserted.by === 'os' ? who.asserted.user : who.asserted.login;
    throw refused('unknown-person', `the access policy names nobody who is known here as ${login}`, {
      target: login,
      next: `\`people:\` in estate.yaml, then \`till access policy propose\`; policy ${state.policy?.digest ?? ''} is in force`,
    });
  }
  return who.name;
}

/** Services act within what people have granted; they decide nothing. */
export function mustBeHuman(deed: string, given: Case): string {
  const name = mustBeKnown(given);
  if (given.who.person?.kind === 'service') {
    throw refused('not-a-human', `${name} is a service: it may not ${deed}`, {
      target: name,
      next: 'somebody of the group does it under their own name',
    });
  }
  return name;
}

export function mustBeUnlocked(name: string, { state, now }: Case): void {
  const lock = lockOn(name, state, now);
  if (lock !== null) {
    throw refused('locked', `${name} is locked: ${lock.reason ?? 'no reason given'}`, {
      target: name,
      next: `somebody else takes it off: \`till access unlock ${name}\`${lock.until === null ? '' : `; it ends ${lock.until}`}`,
    });
  }
}

/** A database that shows less than was anchored is believed again once two people have said what happened. */
export function mustBeWhole({ state }: Case): void {
  const found = openBreak(state);
  if (found !== null) {
    throw refused(
      'epoch-open',
      `entries ${found.lost.from} to ${found.lost.to} are missing from the ledger: nothing is elevated until two people have acknowledged it`,
      { target: found.epoch, next: `\`till ledger epoch acknowledge ${found.epoch} --reason "what happened"\`` },
    );
  }
}
