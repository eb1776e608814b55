import type { Tenant } from '#estate/estate.ts';
import type { FreezeInForce } from '#policy/decide.ts';
import type { Action } from './action.ts';
import { listGiven } from './given.ts';
import type { PlanObject } from './plan.ts';
import { coveredBy } from './standing.ts';

// What a freeze covers and what it lets through: its flags, what they come to, and who that is now.

export const scopeFlags: Action['flags'] = [
  {
    name: 'from',
    value: 'INSTANT',
    summary: 'RFC 3339, a time in --timezone, or +4h; now when left out',
    environment: false,
  },
  { name: 'until', value: 'INSTANT', summary: 'when it ends by itself; as --from', environment: false },
  { name: 'timezone', value: 'ZONE', summary: 'the zone that times without an offset are in', environment: false },
  { name: 'tenant', value: 'NAME', multiple: true, summary: 'only these', completion: 'tenant', environment: false },
  {
    name: 'tier',
    value: 'TIER',
    multiple: true,
    summary: 'only of these tiers',
    completion: 'tier',
    environment: false,
  },
  {
    name: 'environment',
    value: 'NAME',
    multiple: true,
    summary: 'only of these environments',
    completion: 'environment',
    environment: false,
  },
  {
    name: 'retailer',
    value: 'NAME',
    multiple: true,
    summary: 'only of these retailers',
    completion: 'retailer',
    environment: false,
  },
  {
    name: 'cluster',
    value: 'NAME',
    multiple: true,
    summary: 'only in these clusters',
    completion: 'cluster',
    environment: false,
  },
  {
    name: 'allow',
    value: 'ACTION',
    multiple: true,
    summary: 'an action that stays allowed',
    completion: 'action',
    environment: false,
  },
];

type Scope = FreezeInForce['scope'];

export function scopeGiven(given: Parameters<Action['parse']>[0]): Scope {
  return {
    tenants: listGiven(given['tenant']),
    tiers: listGiven(given['tier']),
    environments: listGiven(given['environment']),
    clusters: listGiven(given['cluster']),
    retailers: listGiven(given['retailer']),
  };
}

/** So many are named one by one: an entry of the ledger is bounded. */
const named = 100;

/** The freeze itself first, then everybody that it covers, as they are known now. */
export function frozenObjects(name: string, scope: Scope, tenants: readonly Tenant[]): readonly PlanObject[] {
  // In one order, whichever way they were found: the plan is made again by the worker.
  const covered = coveredBy(scope, tenants)
    .map((tenant) => tenant.name)
    .sort();
  const rest = covered.length - named;
  return [
    inLedger('freeze', name),
    ...covered.slice(0, named).map((tenant) => inLedger('tenant', tenant)),
    ...(rest > 0 ? [inLedger('tenant', `and ${rest} more`)] : []),
  ];
}

function inLedger(kind: string, name: string): PlanObject {
  const tenant = kind === 'tenant' ? name : null;
  return { system: 'ledger', cluster: null, tenant, kind, namespace: null, name, uid: null, version: null };
}
