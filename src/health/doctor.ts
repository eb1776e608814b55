import type { Estate, Tenant } from '#estate/estate.ts';
import { ReadFailure } from '#systems/source.ts';
import { type Clock, systemClock } from '#text/clock.ts';
import { type Connections, createConnections } from './connections.ts';
import { examineCluster } from './examine/cluster.ts';
import { examineDatabase } from './examine/database.ts';
import { examineCaches, examineEnforcement, examineLogins } from './examine/enforcement.ts';
import { examineExecutor } from './examine/executor.ts';
import { examineFront } from './examine/front.ts';
import { examinePostgres } from './examine/postgres.ts';
import { examineRedis } from './examine/redis.ts';
import { tenantsOf } from './find-tenants.ts';
import { type Finding, flaw, ok } from './finding.ts';
import { signals } from './signals/index.ts';

export interface ExamineOptions {
  readonly clock?: Clock;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly choose?: (tenants: readonly Tenant[]) => readonly Tenant[];
  /** What others look at meanwhile, once it is known which tenants there are and which it is about. */
  readonly beside?: (chosen: readonly Tenant[], all: readonly Tenant[]) => Promise<readonly Finding[]>;
}

/** Tenants' databases that are looked into at once, per server: as many as the watcher would. */
const databasesAtOnce = 2;

/**
 * Tries every connection and permission of an estate. What is wrong with one system hides nothing of another.
 * Throws only what `choose` throws.
 */
export async function examine(estate: Estate, options: ExamineOptions = {}): Promise<readonly Finding[]> {
  const connections = createConnections({
    estate,
    clock: options.clock ?? systemClock,
    random: Math.random,
    env: options.env ?? process.env,
    knownNamespaces: () => [],
  });
  try {
    const [clusters, servers, caches] = await Promise.all([
      inOrder(Object.keys(estate.clusters), async (name) => {
        const cluster = await connections.cluster(name);
        return [
          ...(await examineCluster(name, cluster)),
          ...(await examineEnforcement(name, cluster, estate)),
          ...(await examineExecutor(name, cluster, estate)),
        ];
      }),
      inOrder(Object.keys(estate.postgres), async (name) => {
        const server = await connections.postgres(name);
        return [...(await examinePostgres(name, server)), ...(await examineLogins(name, server, estate))];
      }),
      inOrder(Object.keys(estate.redis), async (name) => examineRedis(name, await connections.redis(name))),
    ]);
    const known = await tenantsOf(estate, connections);
    const tenants = options.choose?.(known) ?? known;
    const [databases, fronts, beside] = await Promise.all([
      examineDatabases(tenants, connections),
      inOrder(Object.keys(estate.fronts), async (name) => examineFront(name, await connections.front(name), tenants)),
      options.beside?.(tenants, known) ?? [],
    ]);
    const minters = examineCaches(estate);
    return [censusFinding(tenants), ...clusters, ...servers, ...databases, ...caches, ...minters, ...fronts, ...beside];
  } finally {
    await connections.close();
  }
}

/** Each name's findings; a reader that cannot even be opened is a finding too. */
async function inOrder(
  names: readonly string[],
  look: (name: string) => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  const found = await Promise.all(
    names.map((name) =>
      look(name).catch((error: unknown): readonly Finding[] => [
        flaw(
          name,
          'reached',
          'away',
          error instanceof ReadFailure ? error.message : `could not be opened: ${String(error)}`,
        ),
      ]),
    ),
  );
  return found.flat();
}

function censusFinding(tenants: readonly Tenant[]): Finding {
  return tenants.length === 0
    ? flaw('estate', 'tenants', 'missing', 'no tenant was found, listed or by discovery', {
        next: 'list them under `tenants:`, or check the selectors under `discover:`',
      })
    : ok('estate', 'tenants', `${tenants.length} found`);
}

async function examineDatabases(tenants: readonly Tenant[], connections: Connections): Promise<readonly Finding[]> {
  const queries = [...new Set(signals.flatMap((signal) => (signal.from === 'database' ? [signal.query] : [])))];
  const lanes = Map.groupBy(tenants, (tenant) => tenant.postgres);
  const found = await Promise.all(
    [...lanes].map(async ([server, own]) => {
      if (server === null) {
        return [];
      }
      const waiting = [...own];
      const findings: Finding[] = [];
      const worker = async (): Promise<void> => {
        for (let tenant = waiting.shift(); tenant !== undefined; tenant = waiting.shift()) {
          findings.push(...(await examineDatabase(tenant, server, await connections.postgres(server), queries)));
        }
      };
      await Promise.all(Array.from({ length: databasesAtOnce }, worker));
      return findings.sort((a, b) => (a.subject < b.subject ? -1 : 1));
    }),
  );
  return found.flat();
}
