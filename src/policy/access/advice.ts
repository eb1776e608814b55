import type { Policy } from '#ledger/access/policy.ts';
import { humansOf, unsoundness } from '#ledger/access/soundness.ts';

/** What a policy says that cannot work, or that nobody can have meant. */
export interface Advice {
  /** One word in kebab-case. */
  readonly check: string;
  readonly result: 'weak' | 'missing';
  readonly message: string;
}

/** `inPostgres`: where the ledger knows people by their logins there. */
export function adviceOn(policy: Policy, inPostgres = false): readonly Advice[] {
  const wrong = unsoundness(policy);
  return [
    ...(wrong === null ? [] : [{ check: 'policy', result: 'missing' as const, message: wrong }]),
    ...unsatisfiable(policy),
    ...emptyGroups(policy),
    ...withoutLogin(policy, inPostgres),
  ];
}

/** Whoever asks never counts: a rule that needs as many as there are can be satisfied for nobody among them. */
function unsatisfiable({ rules, people }: Policy): readonly Advice[] {
  return rules.flatMap(({ name, approvals }) =>
    approvals.flatMap(({ group, count }): readonly Advice[] => {
      const members = humansOf(group, people);
      if (members.length < count) {
        return [
          {
            check: 'rule',
            result: 'missing',
            message: `rule ${name} needs ${count} of ${group}, and ${members.length === 0 ? 'nobody is' : `only ${members.length} are`} in it: it can never be satisfied`,
          },
        ];
      }
      return members.length === count
        ? [
            {
              check: 'rule',
              result: 'weak',
              message: `rule ${name} needs ${count} of ${group}, who are ${members.map((person) => person.name).join(', ')}: none of them can ever be granted it themselves`,
            },
          ]
        : [];
    }),
  );
}

function emptyGroups({ rules, people, breakGlass }: Policy): readonly Advice[] {
  const approving = new Set(rules.flatMap(({ approvals }) => approvals.map(({ group }) => group)));
  const named = [
    ...(breakGlass?.groups ?? []),
    ...(breakGlass?.reviewers === null ? [] : [breakGlass?.reviewers ?? '']),
  ];
  return [...new Set(named)]
    .filter((group) => group !== '' && !approving.has(group) && humansOf(group, people).length === 0)
    .map((group) => ({ check: 'group', result: 'missing', message: `nobody is in the group ${group}` }));
}

function withoutLogin({ people }: Policy, inPostgres: boolean): readonly Advice[] {
  return people
    .filter(({ os, postgres }) => (inPostgres ? postgres.length === 0 : os.length === 0))
    .map(({ name }) => ({
      check: 'person',
      result: 'weak',
      message: `${name} has no ${inPostgres ? 'PostgreSQL login' : 'OS account'} in people: the ledger can never know them`,
    }));
}
