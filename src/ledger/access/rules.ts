import { matchesGlob } from '#text/glob.ts';
import type { Policy, Rule } from './policy.ts';

/** So many distinct people of one group. */
export interface Need {
  readonly group: string;
  readonly count: number;
}

export interface Demand {
  /** Pairs of tenant and action that no rule speaks of: not permitted to anybody. */
  readonly forbidden: readonly { readonly tenant: string; readonly action: string }[];
  /** What all rules that apply ask for together: of each group the largest number. Empty: approved at once. */
  readonly needs: readonly Need[];
  /** The shortest cap of the rules that apply; null when none does. */
  readonly seconds: number | null;
  readonly rules: readonly string[];
}

/** What the policy demands for these actions on these tenants at this instant (epoch milliseconds). */
export function demandOf(
  policy: Policy,
  {
    actions,
    tenants,
    now,
  }: { readonly actions: readonly string[]; readonly tenants: readonly string[]; readonly now: number },
): Demand {
  const applying = new Set<Rule>();
  const forbidden: { tenant: string; action: string }[] = [];
  for (const tenant of tenants) {
    const classes = policy.tenants.filter(({ names }) => names.includes(tenant));
    for (const action of actions) {
      const found = policy.rules.filter((rule) => applies(rule, action, tenant, classes, now));
      if (found.length === 0) {
        forbidden.push({ tenant, action });
      }
      for (const rule of found) {
        applying.add(rule);
      }
    }
  }
  const rules = [...applying];
  const groups = new Map<string, number>();
  for (const { group, count } of rules.flatMap(({ approvals }) => approvals)) {
    groups.set(group, Math.max(count, groups.get(group) ?? 0));
  }
  return {
    forbidden,
    needs: [...groups].map(([group, count]) => ({ group, count })).sort((a, b) => (a.group < b.group ? -1 : 1)),
    seconds: rules.length === 0 ? null : Math.min(...rules.map(({ seconds }) => seconds)),
    rules: rules.map(({ name }) => name).sort(),
  };
}

type Class = Pick<Policy['tenants'][number], 'environment' | 'tier'>;

/** Actions of a request are names, never globs: a rule for `scale` cannot be slipped past by asking for `s*`. */
function applies(rule: Rule, action: string, tenant: string, classes: readonly Class[], now: number): boolean {
  const within = (list: readonly string[], field: keyof Class) =>
    list.length === 0 ||
    classes.length === 0 ||
    classes.some((known) => known[field] === null || list.includes(known[field]));
  return (
    rule.actions.some((glob) => matchesGlob(glob, action)) &&
    (rule.tenants.length === 0 || rule.tenants.some((glob) => matchesGlob(glob, tenant))) &&
    within(rule.environments, 'environment') &&
    within(rule.tiers, 'tier') &&
    isWithin(rule.times, now)
  );
}

const dayNames: readonly string[] = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

function isWithin(times: Rule['times'], now: number): boolean {
  if (times === null) {
    return true;
  }
  const { day, minute } = localTime(now, times.timezone);
  const [from, until] = [minutesOf(times.from), minutesOf(times.until)];
  const on = (index: number) => times.days.some((name) => name === dayNames[(index + 7) % 7]);
  return from < until
    ? on(day) && minute >= from && minute < until
    : (on(day) && minute >= from) || (on(day - 1) && minute < until);
}

function localTime(now: number, timeZone: string): { readonly day: number; readonly minute: number } {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(now);
  const part = (type: string) => parts.find((found) => found.type === type)?.value ?? '';
  const day = dayNames.indexOf(part('weekday').toLowerCase());
  return { day, minute: Number(part('hour')) * 60 + Number(part('minute')) };
}

function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}
