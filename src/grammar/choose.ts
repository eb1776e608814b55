import type { Tenant } from '#estate/estate.ts';
import { clean } from '#text/clean.ts';
import { isGlob, matchesGlob } from '#text/glob.ts';
import { suggest } from '#text/suggest.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import type { Invocation } from './command.ts';
import { usageError } from './usage-error.ts';

/** What a user said about which tenants are meant. Names widen, everything else narrows. */
export interface Choice {
  /** Names or globs. */
  readonly names: readonly string[];
  /** `key=value` or `key!=value`, commas between; all must hold. */
  readonly selectors: readonly string[];
  readonly tiers: readonly string[];
  readonly environments: readonly string[];
  readonly retailers: readonly string[];
  readonly clusters: readonly string[];
  readonly all: boolean;
}

/** The choice that the arguments and the choosing flags of a command spell. Commas part values: `--tier critical,standard`. */
export function choiceOf({
  arguments: names,
  values,
  given,
}: Pick<Invocation, 'arguments' | 'values' | 'given'>): Choice {
  const list = (flag: string) => values(flag).flatMap((value) => value.split(',').filter((one) => one !== ''));
  return {
    names,
    selectors: list('selector'),
    tiers: list('tier'),
    environments: list('environment'),
    retailers: list('retailer'),
    clusters: list('cluster'),
    all: given('all'),
  };
}

/** True when nothing was said: a reading command then means every tenant, an acting one must ask. */
export function isOpen(choice: Choice): boolean {
  return !choice.all && !isNarrowed(choice);
}

/**
 * The tenants that are meant, in the order given. An open choice is all of them. Throws TillError (exit 2) on a name that
 * no tenant has, on a selector that cannot be read, and when a choice leaves nobody (design §9).
 */
export function chooseTenants(tenants: readonly Tenant[], choice: Choice): readonly Tenant[] {
  if (choice.all && isNarrowed(choice)) {
    throw usageError('--all and a choice of tenants contradict each other', null, 'give one or the other');
  }
  if (isOpen(choice)) {
    return tenants;
  }
  for (const name of choice.names) {
    checkName(name, tenants);
  }
  const tests = choice.selectors.map(selectorTest);
  const chosen = tenants.filter(
    (tenant) =>
      (choice.names.length === 0 || choice.names.some((name) => matches(name, tenant.name))) &&
      isAmong(tenant.tier, choice.tiers) &&
      isAmong(tenant.environment, choice.environments) &&
      isAmong(tenant.retailer, choice.retailers) &&
      isAmong(tenant.cluster, choice.clusters) &&
      tests.every((test) => test(tenant)),
  );
  if (chosen.length === 0) {
    throw nobody(tenants, choice);
  }
  return chosen;
}

function isNarrowed({ names, selectors, tiers, environments, retailers, clusters }: Choice): boolean {
  return [names, selectors, tiers, environments, retailers, clusters].some((part) => part.length > 0);
}

function matches(name: string, tenant: string): boolean {
  return isGlob(name) ? matchesGlob(name, tenant) : name === tenant;
}

function isAmong(value: string | null, wanted: readonly string[]): boolean {
  return wanted.length === 0 || (value !== null && wanted.includes(value));
}

function checkName(name: string, tenants: readonly Tenant[]): void {
  if (tenants.some((tenant) => matches(name, tenant.name))) {
    return;
  }
  const meant = suggest(
    name,
    tenants.map((tenant) => tenant.name),
  );
  throw new TillError(
    isGlob(name) ? `no tenant's name matches "${clean(name)}"` : `there is no tenant "${clean(name)}"`,
    {
      exit: exitCodes.usage,
      reason: 'unknown-tenant',
      target: name,
      next: meant === undefined ? 'till status -o name lists the tenants' : `did you mean "${meant}"?`,
    },
  );
}

const labels = {
  name: (tenant: Tenant) => tenant.name,
  tier: (tenant: Tenant) => tenant.tier,
  environment: (tenant: Tenant) => tenant.environment,
  retailer: (tenant: Tenant) => tenant.retailer,
  cluster: (tenant: Tenant) => tenant.cluster,
  hosting: (tenant: Tenant) => tenant.hosting,
} as const;

function isLabel(key: string): key is keyof typeof labels {
  return Object.hasOwn(labels, key);
}

function selectorTest(selector: string): (tenant: Tenant) => boolean {
  const parts = /^\s*([\w.-]+)\s*(==|=|!=)\s*(.*?)\s*$/u.exec(selector);
  const [, key = '', operator = '', value = ''] = parts ?? [];
  if (parts === null) {
    throw usageError(`-l cannot read "${selector}"`, null, 'write it as -l tier=critical or -l tier!=basic');
  }
  if (!isLabel(key)) {
    const meant = suggest(key, Object.keys(labels));
    throw usageError(
      `-l knows no key "${key}"; it is one of ${Object.keys(labels).join(', ')}`,
      null,
      meant === undefined ? undefined : `did you mean -l ${meant}=${value}?`,
    );
  }
  const read = labels[key];
  return operator === '!=' ? (tenant) => read(tenant) !== value : (tenant) => read(tenant) === value;
}

function nobody(tenants: readonly Tenant[], choice: Choice): TillError {
  const asked: readonly (readonly [keyof typeof labels, readonly string[]])[] = [
    ['tier', choice.tiers],
    ['environment', choice.environments],
    ['retailer', choice.retailers],
    ['cluster', choice.clusters],
  ];
  // The first value that no tenant has at all is the likely slip.
  for (const [key, wanted] of asked) {
    const known = [...new Set(tenants.map(labels[key]))].filter((value) => value !== null).sort();
    const wrong = wanted.find((value) => !known.includes(value));
    if (wrong !== undefined) {
      const meant = suggest(wrong, known);
      const list = known.length === 0 ? 'no tenant has one' : `there is ${known.slice(0, 12).join(', ')}`;
      return empty(
        `no tenant has the ${key} "${clean(wrong)}"`,
        meant === undefined ? list : `did you mean "${meant}"?`,
      );
    }
  }
  return empty(
    tenants.length === 0 ? 'the estate has no tenants' : `no tenant is left of ${tenants.length} by that choice`,
    tenants.length === 0 ? 'till doctor says what was looked at' : 'till status -o wide shows what they have',
  );
}

function empty(message: string, next: string): TillError {
  return new TillError(message, { exit: exitCodes.usage, reason: 'empty-selection', next });
}

export { choosingArgument, choosingFlags } from './flags.ts';
