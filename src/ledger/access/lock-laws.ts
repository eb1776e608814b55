import { exitCodes } from '#text/till-error.ts';
import { type Case, type DraftOf, mustBeHuman, mustBeKnown, mustBeUnlocked, refused } from './law.ts';

/** At once, by anybody who is known: taking away asks nobody's leave. */
export function mayLock({ params: { lock, person } }: DraftOf<'lock', 'begin'>, given: Case): void {
  const { state } = given;
  if (state.locks.has(lock)) {
    throw refused('lock-known', `lock ${lock} stands already`, { target: lock });
  }
  mustBeUnlocked(mustBeKnown(given), given);
  const people = state.policy?.body.people;
  if (people !== undefined && !people.some(({ name }) => name === person)) {
    throw refused('unknown-person', `the access policy names no ${person}`, {
      exit: exitCodes.usage,
      target: person,
      next: `it names ${people.map(({ name }) => name).join(', ')}`,
    });
  }
}

/** Giving back is for those who may change the policy, or for whoever locked; never for whoever is locked. */
export function mayUnlock({ params: { lock } }: DraftOf<'lock', 'end'>, given: Case): void {
  const { state, who } = given;
  const standing = state.locks.get(lock);
  if (standing === undefined) {
    throw refused('unknown-lock', `there is no lock ${lock}`, { exit: exitCodes.usage, target: lock });
  }
  const name = mustBeHuman('take a lock off', given);
  mustBeUnlocked(name, given);
  const group = state.policy?.body.approvers.group;
  const isTheirs = JSON.stringify(standing.actor.asserted) === JSON.stringify(who.asserted);
  if (group !== undefined && !isTheirs && !who.person?.groups.includes(group)) {
    throw refused('not-yours', `those of ${group} take a lock off, or whoever set it`, { target: standing.person });
  }
}
