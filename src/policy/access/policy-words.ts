import type { Person, Policy, Rule } from '#ledger/access/policy.ts';
import { spanWords } from './line.ts';
import { needsWords } from './needs-words.ts';

/** What a rule says, in a sentence. */
export function ruleWords(rule: Rule): string {
  const { name, actions, environments, tiers, tenants, times, approvals, seconds } = rule;
  const where = [
    ...(environments.length === 0 ? [] : [`in ${environments.join(' or ')}`]),
    ...(tiers.length === 0 ? [] : [`tier ${tiers.join(' or ')}`]),
    ...(tenants.length === 0 || tenants.includes('*') ? [] : [`on ${tenants.join(', ')}`]),
  ];
  const when = times === null ? [] : [`${times.days.join(' ')} ${times.from}–${times.until} ${times.timezone}`];
  const what = actions.includes('*') ? 'everything' : actions.join(', ');
  const who = approvals.length === 0 ? 'approved at once' : `approved by ${needsWords(approvals)}`;
  return `${name}: ${[what, ...where, ...when].join(', ')}: ${who}, for at most ${spanWords(seconds)}`;
}

function personWords({ name, kind, os, postgres, kubernetes, key, groups }: Person): string {
  const accounts = [
    ...os.map((account) => `os ${account}`),
    ...postgres.map((account) => `postgres ${account}`),
    ...kubernetes.map((account) => `kubernetes ${account}`),
  ];
  const parts = [
    kind === 'service' ? 'a service' : null,
    groups.length === 0 ? 'in no group' : `in ${groups.join(', ')}`,
    accounts.length === 0 ? 'without an account' : accounts.join(', '),
    key === null ? null : `key ${key}`,
  ];
  return `${name}: ${parts.filter((part) => part !== null).join('; ')}`;
}

function breakGlassWords({ breakGlass }: Policy): string {
  return breakGlass === null
    ? 'break-glass: nobody may'
    : `break-glass: ${breakGlass.groups.join(', ')} for at most ${spanWords(breakGlass.seconds)}, reviewed by ${breakGlass.reviewers ?? 'anybody else'}`;
}

/** The whole policy, a line for each thing in it. */
export function policyWords(policy: Policy): readonly string[] {
  const { people, rules, tenants, free, approvers, lapseSeconds } = policy;
  return [
    ...rules.map((rule) => `rule ${ruleWords(rule)}`),
    breakGlassWords(policy),
    `changed by ${approvers.count} of ${approvers.group}; a request that nobody decides lapses after ${spanWords(lapseSeconds)}`,
    ...people.map((person) => `person ${personWords(person)}`),
    ...tenants.map(
      ({ environment, tier, names }) =>
        `tenants ${environment ?? 'of no environment'}, ${tier === null ? 'no tier' : `tier ${tier}`}: ${names.join(', ')}`,
    ),
    `without a grant: ${free.join(', ') || 'nothing'}`,
  ];
}

export interface Difference {
  readonly sign: '+' | '-';
  readonly words: string;
}

/** What would be otherwise, line by line; empty when nothing would. Without a policy in force everything is new. */
export function differences(now: Policy | null, then: Policy): readonly Difference[] {
  const before = now === null ? [] : policyWords(now);
  const after = policyWords(then);
  return [
    ...before.filter((line) => !after.includes(line)).map((words) => ({ sign: '-' as const, words })),
    ...after.filter((line) => !before.includes(line)).map((words) => ({ sign: '+' as const, words })),
  ];
}
