import type { Asserted } from '../entry.ts';
import { whoOf } from '../entry.ts';
import type { Epoch, LedgerState } from '../state.ts';
import type { Lock } from './grant.ts';
import { personOf } from './people.ts';
import type { Person } from './policy.ts';

/** Somebody as the policy in force knows them; where none is in force, whoever the store says it is. */
export interface Standing {
  /** A person's name, or the store's word where no policy names people; null: the policy does not name them. */
  readonly name: string | null;
  /** Null without a policy, or when it does not name them. */
  readonly person: Person | null;
  /** The store's own word. */
  readonly asserted: Asserted;
}

export function standingOf(asserted: Asserted, { policy }: Pick<LedgerState, 'policy'>): Standing {
  const person = policy === null ? null : personOf(asserted, policy.body);
  return { name: policy === null ? whoOf(asserted) : (person?.name ?? null), person, asserted };
}

/** The lock that holds this person now, the one that lasts longest; null when there is none. */
export function lockOn(name: string | null, { locks }: Pick<LedgerState, 'locks'>, now: number): Lock | null {
  const holding = [...locks.values()].filter(
    ({ person, until }) => person === name && (until === null || now < Date.parse(until)),
  );
  const endOf = ({ until }: Lock) => (until === null ? Number.POSITIVE_INFINITY : Date.parse(until));
  return holding.sort((a, b) => endOf(b) - endOf(a))[0] ?? null;
}

const acknowledgements = 2;

/** A break of the chain that two people have not yet acknowledged: until then nothing is elevated (facts: access-audit.md §3.6). */
export function openBreak({ epochs }: Pick<LedgerState, 'epochs'>): Epoch | null {
  return [...epochs.values()].find(({ acknowledgedBy }) => acknowledgedBy.length < acknowledgements) ?? null;
}
