import { findTenants } from '#discovery/tenants.ts';
import type { Estate, Tenant } from '#estate/estate.ts';
import type { Clusters } from './clusters.ts';
import type { Needed } from './plan.ts';
import type { DatabaseUse } from './queries/databases.ts';

/** Who the tenants are, as far as anybody has said. */
export interface Census {
  /** Everybody that was found, whether chosen or not. */
  readonly known: readonly Tenant[];
  /** Those to be watched. */
  readonly tenants: readonly Tenant[];
  tenant(name: string): Tenant | undefined;
  /** Looks again; returns the names that are new or different, null when nothing is. May throw what `choose` throws. */
  look(choose: (tenants: readonly Tenant[]) => readonly Tenant[]): readonly string[] | null;
}

export interface CensusOptions {
  readonly estate: Estate;
  readonly needed: Needed;
  readonly clusters: Clusters;
  /** null until the server has answered. */
  readonly databaseUse: (server: string) => readonly DatabaseUse[] | null;
  /** Found by the run before: kept while the system that would name them is silent, so that nobody vanishes. */
  readonly before: readonly Tenant[];
}

export function createCensus({ estate, needed, clusters, databaseUse, before }: CensusOptions): Census {
  let known: readonly Tenant[] = [];
  let tenants: readonly Tenant[] = [];
  let byName = new Map<string, Tenant>();
  let texts = new Map<string, string>();

  const isSilent = (tenant: Tenant): boolean =>
    needed.discoveryClusters.some((name) => tenant.cluster === name && !clusters.hasAnswered(name)) ||
    needed.discoveryServers.some((name) => tenant.postgres === name && databaseUse(name) === null);

  return {
    get known() {
      return known;
    },
    get tenants() {
      return tenants;
    },
    tenant: (name) => byName.get(name),
    look(choose) {
      const found = findTenants(estate, {
        workloads: clusters.workloads(),
        namespaceLabels: clusters.namespaceLabels(),
        databases: new Map(
          needed.discoveryServers.map((server) => [server, (databaseUse(server) ?? []).map(({ name }) => name)]),
        ),
      });
      const names = new Set(found.map((tenant) => tenant.name));
      known = [...found, ...before.filter((tenant) => !names.has(tenant.name) && isSilent(tenant))].sort((a, b) =>
        a.name < b.name ? -1 : 1,
      );
      tenants = choose(known);
      const next = new Map(tenants.map((tenant) => [tenant.name, JSON.stringify(tenant)]));
      const changed = [...next].flatMap(([name, text]) => (texts.get(name) === text ? [] : [name]));
      const gone = [...texts.keys()].some((name) => !next.has(name));
      texts = next;
      byName = new Map(tenants.map((tenant) => [tenant.name, tenant]));
      return changed.length > 0 || gone ? changed : null;
    },
  };
}
