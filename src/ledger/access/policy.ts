import * as v from 'valibot';
import { parts } from '../entry.ts';

const { name, names, nullable, count, someText } = parts;
const list = v.optional(names, []);

/** One human or service, and every name that the systems know it by: two accounts of one person are one person. */
const person = v.strictObject({
  name,
  kind: v.picklist(['human', 'service']),
  os: list,
  postgres: list,
  kubernetes: list,
  /** What credentials are sealed to; null when none can be. */
  key: nullable(someText(512)),
  groups: list,
});

/** A span of the week in a zone; `from` after `until` goes over midnight. */
const times = v.strictObject({
  days: v.array(v.picklist(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])),
  from: v.pipe(v.string(), v.regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day, such as 08:00')),
  until: v.pipe(v.string(), v.regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'a time of day, such as 18:00')),
  timezone: name,
});

/**
 * What it asks for where it applies. An empty list of environments, tiers or tenants means all of them; actions and tenants are globs.
 * Every rule that applies has to be satisfied; where none applies the answer is no.
 */
const rule = v.strictObject({
  name,
  actions: names,
  environments: list,
  tiers: list,
  tenants: list,
  times: nullable(times),
  /** Distinct people of each of these groups; none: approved at once, for at most `seconds`. */
  approvals: v.array(v.strictObject({ group: name, count: v.pipe(count, v.minValue(1)) })),
  /** The longest that a grant may last. */
  seconds: v.pipe(count, v.minValue(1)),
});

/**
 * The access policy as it stands in the ledger (design §6). It carries its own people and its own classification of
 * tenants, so that another estate file, or an edited copy, weakens nothing.
 */
export const policySchema = v.strictObject({
  people: v.array(person),
  /** Tenants that are not named here count as being in every environment and every tier: each rule that could apply does. */
  tenants: v.array(v.strictObject({ environment: nullable(name), tier: nullable(name), names })),
  rules: v.array(rule),
  /** Actions that need no grant: they only record, or only take back. */
  free: list,
  breakGlass: nullable(
    v.strictObject({ groups: names, seconds: v.pipe(count, v.minValue(1)), reviewers: nullable(name) }),
  ),
  /** Who may change the policy, and how many of them it takes. */
  approvers: v.strictObject({ group: name, count: v.pipe(count, v.minValue(2)) }),
  /** A request that nobody decides lapses after this long. */
  lapseSeconds: v.pipe(count, v.minValue(60)),
});

export type Policy = v.InferOutput<typeof policySchema>;
export type Person = Policy['people'][number];
export type Rule = Policy['rules'][number];

export interface PolicyInForce {
  readonly policy: string;
  readonly seq: number;
  readonly since: string;
  readonly digest: string;
  readonly body: Policy;
}

/** Waits for its approvers; the newest proposal that reaches them replaces the policy in force. */
export interface ProposedPolicy extends Omit<PolicyInForce, 'since'> {
  readonly proposedAt: string;
  readonly proposedBy: string | null;
  readonly approvedBy: readonly string[];
}
