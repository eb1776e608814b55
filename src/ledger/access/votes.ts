import type { Grant, Vote } from './grant.ts';
import type { Policy } from './policy.ts';
import { demandOf, type Need } from './rules.ts';

/** The humans in each of these groups: services never decide. */
export function electorsOf(needs: readonly Need[], { people }: Policy): Grant['electors'] {
  return needs.map(({ group }) => ({
    group,
    people: people.filter(({ kind, groups }) => kind === 'human' && groups.includes(group)).map(({ name }) => name),
  }));
}

/** What it takes now: what it took when it was asked for, and what the rules of this hour ask for besides. */
export function needsNow(grant: Grant, policy: Policy | null, now: number): readonly Need[] {
  if (grant.form === 'break-glass' || policy === null) {
    return [];
  }
  const groups = new Map<string, number>();
  for (const { group, count } of [...grant.needs, ...demandOf(policy, { ...grant, now }).needs]) {
    groups.set(group, Math.max(count, groups.get(group) ?? 0));
  }
  return [...groups].map(([group, count]) => ({ group, count }));
}

/** A vote counts while its person is in the group, and was when the grant was asked for. */
export function votesThatCount(
  { votes, electors }: Pick<Grant, 'votes' | 'electors'>,
  policy: Policy,
): readonly Vote[] {
  return votes.filter(({ person, group }) => {
    const known = policy.people.find(({ name }) => name === person);
    return known?.kind === 'human' && known.groups.includes(group) && wasElector(electors, group, person);
  });
}

/** In a group that only a later policy asks for, its people of today decide. */
export function wasElector(electors: Grant['electors'], group: string, person: string): boolean {
  const then = electors.find((known) => known.group === group);
  return then === undefined || then.people.includes(person);
}

/** What is still missing before it may be activated at this instant. */
export function missingNow(grant: Grant, policy: Policy | null, now: number): readonly Need[] {
  const counted = policy === null ? [] : votesThatCount(grant, policy);
  return needsNow(grant, policy, now)
    .map(({ group, count }) => ({ group, count: count - counted.filter((vote) => vote.group === group).length }))
    .filter(({ count }) => count > 0);
}
