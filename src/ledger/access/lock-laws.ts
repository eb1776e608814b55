import { exitCodes } from '#text/till-error.ts';
import { type Case, type DraftOf, mustBeHuman, mustBeKnown, mustBeUnlocked, refused } from './law.ts';

/** At once, by anybody who is known: taking away asks nobody's leave. */
export function mayLock({ params: { lock, person } }: DraftOf<'lock', 'begin'>, given: Case): void {
  const { state } = given;
  if (state.locks.has(lock)) {
    throw refused('lock-known', `lock ${lock} stands already`, { target: lock });
  }
  mustBeKnown(given);
  const people = state.policy?.body.people;
  if (people !== undefined && !people.some(({ name }) => name === person)) {
    throw refused('unknown-person', `the access policy names no ${person}`, {
      exit: exitCodes.usage,
      target: person,
      next: `it names ${people.map(({ name }) => name).join(', ')}`,
    });
  }
}

/** Nobody takes off their own; anybody else who is known and free to act may. */
export function mayUnlock({ params: { lock } }: DraftOf<'lock', 'end'>, given: Case): void {
  const standing = given.state.locks.get(lock);
  if (standing === undefined) {
    throw refused('unknown-lock', `there is no lock ${lock}`, { exit: exitCodes.usage, target: lock });
  }
  const name = mustBeHuman('take a lock off', given);
  mustBeUnlocked(name, given);
  if (standing.person === name) {
    throw refused('own-lock', 'nobody takes off their own lock', { target: lock, next: 'somebody else does it' });
  }
}
