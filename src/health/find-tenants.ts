import type { Estate, Tenant } from '#estate/estate.ts';
import { createCensus } from './census.ts';
import { createClusters } from './clusters.ts';
import type { Connections } from './connections.ts';
import { neededBy } from './plan.ts';
import { type DatabaseUse, databasesQuery } from './queries/databases.ts';

/** How long clusters may take to tell which tenants there are. */
const patienceMs = 10_000;

/** The tenants that are listed or found now; what a silent system would have named is left out. */
export async function tenantsOf(estate: Estate, connections: Connections): Promise<readonly Tenant[]> {
  const needed = neededBy(estate, []);
  const clusters = createClusters(needed.clusters, needed.kinds, needed.namespaces, connections);
  const uses = new Map<string, readonly DatabaseUse[]>();
  await clusters.open(() => undefined);
  await Promise.all([
    clusters.settled(AbortSignal.timeout(patienceMs)),
    ...needed.discoveryServers.map(async (server) => {
      try {
        const reader = await connections.postgres(server);
        const query = databasesQuery.query(await reader.identity());
        const rows = query === null ? [] : await reader.query(query, { deadlineMs: databasesQuery.deadlineMs });
        uses.set(server, databasesQuery.parse(rows, await reader.identity()));
      } catch {
        // The server's own findings say why.
      }
    }),
  ]);
  clusters.refresh([]);
  const census = createCensus({
    estate,
    needed,
    clusters,
    databaseUse: (server) => uses.get(server) ?? null,
    before: [],
  });
  census.look((all) => all);
  clusters.close();
  return census.known;
}
