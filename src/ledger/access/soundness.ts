import type { Person, Policy } from './policy.ts';

/** Why a policy cannot be kept at all: nobody could tell who is meant, or it could never be changed again. */
export function unsoundness({ people, approvers }: Policy): string | null {
  const twice = repeated(people.map(({ name }) => name));
  if (twice !== undefined) {
    return `two people are called ${twice}`;
  }
  for (const system of ['os', 'postgres', 'kubernetes'] as const) {
    const account = repeated(people.flatMap((person) => person[system]));
    if (account !== undefined) {
      return `${account} is an account of two people (${system})`;
    }
  }
  const may = humansOf(approvers.group, people).length;
  return may < approvers.count
    ? `${approvers.count} of ${approvers.group} have to agree to any change, and ${may === 0 ? 'nobody is' : `only ${may} are`} in it`
    : null;
}

export function humansOf(group: string, people: readonly Person[]): readonly Person[] {
  return people.filter(({ kind, groups }) => kind === 'human' && groups.includes(group));
}

function repeated(names: readonly string[]): string | undefined {
  return names.find((name, index) => names.indexOf(name) !== index);
}
