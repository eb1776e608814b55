import type { LayerStatus, TenantStatus } from '#health/status.ts';
import { suggest } from '#text/suggest.ts';

/** What a word like `tier=critical` may ask about, and the values that a tenant has there. */
const fields: Readonly<Record<string, (tenant: TenantStatus) => readonly (string | null)[]>> = {
  tenant: ({ tenant }) => [tenant],
  tier: ({ tier }) => [tier],
  grade: ({ grade }) => [grade],
  platform: ({ layers }) => layer(layers.platform),
  application: ({ layers }) => layer(layers.application),
  business: ({ layers }) => layer(layers.business),
  environment: ({ environment }) => [environment],
  retailer: ({ retailer }) => [retailer],
  cluster: ({ cluster }) => [cluster],
  namespace: ({ namespace }) => [namespace],
  hosting: ({ hosting }) => [hosting],
  signal: ({ signals }) => signals.filter(({ grade }) => grade !== 'ok').map(({ name }) => name),
  reason: ({ layers }) => Object.values(layers).map((one) => one?.reason ?? null),
  cause: ({ signals }) => signals.map(({ cause }) => cause),
  frozen: ({ frozen }) => (frozen === null ? ['no'] : ['yes', frozen.name]),
  incident: ({ incident }) => (incident === null ? ['no'] : ['yes', incident]),
};

export const filterFields: readonly string[] = Object.keys(fields);

function layer(status: LayerStatus | null): readonly (string | null)[] {
  return status === null ? ['none'] : [status.grade, status.reason];
}

export interface Filter {
  matches(tenant: TenantStatus): boolean;
  /** A word that asks about nothing we know, in a sentence; null while all is well. */
  readonly mistake: string | null;
}

/**
 * Several words, all of which must hold: a plain word is part of the name, the retailer, the tier or the message;
 * `field=value` asks one field (`grade=warn,critical` either); `!` in front turns a word round.
 */
export function parseFilter(text: string): Filter {
  const tests: ((tenant: TenantStatus) => boolean)[] = [];
  let mistake: string | null = null;
  for (const word of text.toLowerCase().split(/\s+/u)) {
    const negated = word.startsWith('!');
    const asked = negated ? word.slice(1) : word;
    if (asked === '') {
      continue;
    }
    const [, name, not, value] = /^([a-z]+)(!?)=(.*)$/u.exec(asked) ?? [];
    const field = name === undefined ? undefined : fieldNamed(name);
    if (name !== undefined && field === undefined) {
      const meant = suggest(name, filterFields);
      mistake = `nothing is called ${name}; ${meant ? `${meant}= was meant?` : `there are ${filterFields.join(', ')}`}`;
      continue;
    }
    const test = field === undefined ? mentions(asked) : has(field, value ?? '');
    const turned = negated !== (not === '!');
    tests.push((tenant) => test(tenant) !== turned);
  }
  return { matches: (tenant) => tests.every((test) => test(tenant)), mistake };
}

/** By name or by a beginning that only one has: `app=warn`, `env=production`. */
function fieldNamed(name: string): (typeof fields)[string] | undefined {
  const found = filterFields.filter((field) => field === name || field.startsWith(name));
  const [only] = found.includes(name) ? [name] : found;
  return found.length === 1 || found.includes(name) ? fields[only ?? ''] : undefined;
}

function mentions(word: string): (tenant: TenantStatus) => boolean {
  return ({ tenant, retailer, tier, message }) =>
    [tenant, retailer, tier, message].some((text) => text?.toLowerCase().includes(word));
}

/** Whole values by their beginning: `tier=crit` finds critical, `tenant=shop-1` finds shop-1 and shop-12. */
function has(field: (tenant: TenantStatus) => readonly (string | null)[], value: string) {
  const wanted = value.split(',').filter((one) => one !== '');
  return (tenant: TenantStatus) =>
    wanted.length === 0 ||
    field(tenant).some((one) => one !== null && wanted.some((begin) => one.toLowerCase().startsWith(begin)));
}
