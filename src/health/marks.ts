import type { Tenant } from '#estate/estate.ts';
import type { CalendarEntry } from '#estate/schema.ts';
import type { TenantStatus } from './status.ts';

// Freezes and incidents are no readings of any system: somebody has set them. Whoever opens a watcher says where they are
// kept; health only shows them beside what it reads (design §2: it does not know the ledger).

/** A list that is empty covers everybody. */
interface Scope {
  readonly tenants: readonly string[];
  readonly tiers: readonly string[];
  readonly environments: readonly string[];
  readonly clusters: readonly string[];
  readonly retailers: readonly string[];
}

export interface FreezeMark {
  readonly name: string;
  /** RFC 3339. */
  readonly from: string;
  readonly until: string;
  readonly reason: string | null;
  readonly scope: Scope;
}

export interface IncidentMark {
  readonly name: string;
  readonly tenants: readonly string[];
}

export interface Marks {
  readonly freezes: readonly FreezeMark[];
  readonly incidents: readonly IncidentMark[];
}

export const noMarks: Marks = { freezes: [], incidents: [] };

/** The freeze that covers this tenant now, the longest of them: judged when read, never stored as a flag (design §7). */
export function freezeOn(
  tenant: Tenant,
  freezes: readonly FreezeMark[],
  calendar: readonly CalendarEntry[],
  now: number,
): TenantStatus['frozen'] {
  const [longest] = [...freezes, ...calendar.map(markOf)]
    .filter(({ from, until }) => Date.parse(from) <= now && now < Date.parse(until))
    .filter(({ scope }) => covers(scope, tenant))
    .toSorted((a, b) => Date.parse(b.until) - Date.parse(a.until));
  return longest === undefined
    ? null
    : { name: longest.name, until: new Date(longest.until).toISOString(), reason: longest.reason };
}

/** The newest open incident that this tenant is pinned to. */
export function incidentOn({ name }: Tenant, incidents: readonly IncidentMark[]): string | null {
  return incidents.findLast(({ tenants }) => tenants.includes(name))?.name ?? null;
}

function markOf({ name, from, until, reason, scope }: CalendarEntry): FreezeMark {
  return {
    ...{ name, from, until, reason: reason ?? null },
    scope: {
      tenants: scope?.tenants ?? [],
      tiers: scope?.tiers ?? [],
      environments: scope?.environments ?? [],
      clusters: [],
      retailers: [],
    },
  };
}

function covers(scope: Scope, { name, tier, environment, cluster, retailer }: Tenant): boolean {
  const within = (list: readonly string[], value: string | null) =>
    list.length === 0 || (value !== null && list.includes(value));
  return (
    within(scope.tenants, name) &&
    within(scope.tiers, tier) &&
    within(scope.environments, environment) &&
    within(scope.clusters, cluster) &&
    within(scope.retailers, retailer)
  );
}
