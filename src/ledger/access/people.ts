import type { Asserted } from '../entry.ts';
import type { Person, Policy } from './policy.ts';

/** Who this is, by what the store vouches for alone; null for somebody whom the policy does not name. */
export function personOf(asserted: Asserted, { people }: Pick<Policy, 'people'>): Person | null {
  const known = (person: Person) =>
    asserted.by === 'os' ? person.os.includes(asserted.user) : person.postgres.includes(asserted.login);
  return people.find(known) ?? null;
}
