import type { Estate, Tenant } from '#estate/estate.ts';
import type { Kind } from '#systems/kubernetes/rows.ts';
import { detailDatabaseQueries, detailServerQueries } from './detail.ts';
import { frontProbe, type ProbeContext, redisProbe, serverProbe, visitProbe } from './probes.ts';
import { type DatabaseUse, databasesQuery } from './queries/databases.ts';
import type { Probe, Schedule } from './schedule.ts';
import type { DatabaseQuery, FrontProbe, ServerQuery, Signal } from './signal.ts';

/** Visits a second to one server's tenant databases at most, once each has been seen: health must not be load. */
const visitsPerSecond = 10;
/** How many hosts one front is asked for at once. */
const frontWidth = 16;

export interface Needed {
  readonly clusters: readonly string[];
  readonly kinds: readonly Kind[];
  /** Namespaces are watched for their labels. */
  readonly namespaces: boolean;
  /** What says which tenants there are. */
  readonly discoveryClusters: readonly string[];
  readonly discoveryServers: readonly string[];
}

/** What these signals and this estate's discovery have to read. */
export function neededBy(estate: Estate, signals: readonly Signal[]): Needed {
  const finders = estate.discover.flatMap((entry) => ('cluster' in entry ? [entry] : []));
  const kinds = new Set<Kind>(signals.flatMap((signal) => (signal.from === 'kubernetes' ? signal.kinds : [])));
  if (finders.length > 0) {
    kinds.add('deployments');
    kinds.add('statefulsets');
  }
  const discoveryServers = estate.discover.flatMap((entry) => ('postgres' in entry ? [entry.postgres] : []));
  const clusters = new Set(finders.map((entry) => entry.cluster));
  if (kinds.size > 0) {
    for (const tenant of estate.tenants) {
      if (tenant.cluster !== undefined) {
        clusters.add(tenant.cluster);
      }
    }
  }
  return {
    clusters: [...clusters],
    kinds: [...kinds],
    namespaces: finders.some((entry) => Object.keys(entry.labels).length > 0),
    discoveryClusters: [...new Set(finders.map((entry) => entry.cluster))],
    discoveryServers: [...new Set(discoveryServers)],
  };
}

export interface Assignment {
  readonly estate: Estate;
  readonly signals: readonly Signal[];
  readonly tenants: readonly Tenant[];
  readonly context: ProbeContext;
  readonly schedule: Schedule;
  readonly databaseUse: (server: string) => readonly DatabaseUse[] | null;
}

/**
 * Gives each server, cache and front its lane of probes for these tenants. Returns the seconds that pass between two
 * visits to a tenant's database, by server.
 */
export function assignProbes(assignment: Assignment): ReadonlyMap<string, number> {
  const { estate, signals, tenants, context, schedule } = assignment;
  const serverQueries = unique(
    signals.flatMap((signal): ServerQuery<unknown>[] => (signal.from === 'postgres' ? [signal.query] : [])),
  );
  const databaseQueries = unique(
    signals.flatMap((signal): DatabaseQuery<unknown>[] => (signal.from === 'database' ? [signal.query] : [])),
  );
  const probes = unique(
    signals.flatMap((signal): FrontProbe<unknown>[] => (signal.from === 'front' ? [signal.probe] : [])),
  );
  const redisEvery = Math.min(...signals.flatMap((signal) => (signal.from === 'redis' ? [signal.every] : [])));
  const paces = new Map<string, number>();

  const discovered = new Set(estate.discover.flatMap((entry) => ('postgres' in entry ? [entry.postgres] : [])));
  const servers = new Set([...discovered, ...tenants.flatMap((tenant) => tenant.postgres ?? [])]);
  for (const server of servers) {
    const own = tenants.filter((tenant) => tenant.postgres === server);
    const always = probes.some((probe) => probe.wakes) || discovered.has(server) ? [databasesQuery] : [];
    const queries = unique([...always, ...serverQueries, ...(serverQueries.length > 0 ? detailServerQueries : [])]);
    schedule.assign(
      `server/${server}`,
      queries.map((query) => serverProbe(server, query, own, context)),
      { width: 1, gapMs: 0 },
    );
    if (databaseQueries.length === 0) {
      continue;
    }
    const visited = own.flatMap((tenant) =>
      tenant.database === null ? [] : [{ ...tenant, postgres: server, database: tenant.database }],
    );
    const pace = visited.length / visitsPerSecond;
    paces.set(server, pace);
    schedule.assign(
      `visits/${server}`,
      visited.map(
        (tenant): Probe => visitProbe(tenant, databaseQueries, detailDatabaseQueries, () => pace * 1000, context),
      ),
      { width: 2, gapMs: 1000 / visitsPerSecond },
    );
  }
  if (Number.isFinite(redisEvery)) {
    for (const server of new Set(tenants.flatMap((tenant) => tenant.redis ?? []))) {
      const own = tenants.filter((tenant) => tenant.redis === server);
      schedule.assign(`redis/${server}`, [redisProbe(server, redisEvery, own, context)], { width: 1, gapMs: 0 });
    }
  }

  if (probes.length > 0) {
    for (const front of new Set(tenants.flatMap((tenant) => tenant.front ?? []))) {
      schedule.assign(`front/${front}`, frontProbes(front, probes, assignment), { width: frontWidth, gapMs: 20 });
    }
  }
  return paces;
}

function frontProbes(
  front: string,
  probes: readonly FrontProbe<unknown>[],
  { tenants, context, databaseUse }: Assignment,
): readonly Probe[] {
  return tenants.flatMap((tenant) => {
    const { host } = tenant;
    if (tenant.front !== front || host === null) {
      return [];
    }
    // Only a shared pool lets tenants sleep: a dedicated Odoo has its one registry loaded anyway.
    const mayWake = (): boolean =>
      tenant.hosting === 'dedicated' ||
      tenant.postgres === null ||
      (databaseUse(tenant.postgres) ?? []).some(
        (database) => database.name === tenant.database && database.sessions > 0,
      );
    return probes.map((probe) => frontProbe(front, { ...tenant, host }, probe, mayWake, context));
  });
}

function unique<Item>(items: readonly Item[]): readonly Item[] {
  return [...new Set(items)];
}
