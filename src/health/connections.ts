import { resolveSecret } from '#discovery/secrets.ts';
import type { Estate } from '#estate/estate.ts';
import type { SecretReference, Via } from '#estate/schema.ts';
import type { ClusterReader } from '#systems/kubernetes/cluster.ts';
import type { ClusterWriter, DryRunner } from '#systems/kubernetes/writer.ts';
import type { FrontReader } from '#systems/odoo/front.ts';
import type { PostgresReader } from '#systems/postgres/server.ts';
import type { PostgresWriter } from '#systems/postgres/writer.ts';
import type { RedisReader } from '#systems/redis/server.ts';
import { ReadFailure, type SourceState } from '#systems/source.ts';
import type { ObjectStore } from '#systems/storage/store.ts';
import type { Clock } from '#text/clock.ts';

/** The readers of an estate, each opened when it is first asked for, and its client library loaded then. */
export interface Connections {
  cluster(name: string): Promise<ClusterReader>;
  postgres(name: string): Promise<PostgresReader>;
  redis(name: string): Promise<RedisReader>;
  front(name: string): Promise<FrontReader>;
  /** Where backups lie. It writes only with an Operation. */
  store(name: string): Promise<ObjectStore>;
  /** What a reference stands for. Throws ReadFailure. */
  secret(reference: SecretReference): Promise<string>;
  /** Opened anew at each call; the caller keeps it. A writer does nothing without an Operation (design §4). */
  clusterWriter(name: string): Promise<ClusterWriter & DryRunner>;
  /** As `clusterWriter`; the caller closes it. */
  postgresWriter(name: string): Promise<PostgresWriter>;
  /** Of the readers that are open. */
  states(): readonly SourceState[];
  /** A reader that is open already; undefined otherwise. */
  opened(name: string): ClusterReader | undefined;
  close(): Promise<void>;
}

export interface ConnectionOptions {
  readonly estate: Estate;
  readonly clock: Clock;
  readonly random: () => number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Namespaces of known tenants in a cluster, for where watching it whole is forbidden. */
  readonly knownNamespaces: (cluster: string) => readonly string[];
}

export function createConnections(options: ConnectionOptions): Connections {
  const { estate, clock, random, env } = options;
  const clusters = new Map<string, Promise<ClusterReader>>();
  const openClusters = new Map<string, ClusterReader>();
  const servers = new Map<string, Promise<PostgresReader>>();
  const caches = new Map<string, Promise<RedisReader>>();
  const fronts = new Map<string, Promise<FrontReader>>();
  const stores = new Map<string, Promise<ObjectStore>>();
  const states: (() => SourceState)[] = [];

  const once = <Reader>(
    kept: Map<string, Promise<Reader>>,
    name: string,
    open: () => Promise<Reader>,
  ): Promise<Reader> => {
    let reader = kept.get(name);
    if (reader === undefined) {
      reader = open();
      kept.set(name, reader);
    }
    return reader;
  };

  const cluster = (name: string): Promise<ClusterReader> =>
    once(clusters, name, async () => {
      const config = configured(estate.clusters, name, 'cluster');
      const { openCluster } = await import('#systems/kubernetes/open.ts');
      const reader = openCluster({
        name,
        context: config.context,
        kubeconfig: config.kubeconfig,
        namespaces: config.namespaces,
        knownNamespaces: () => options.knownNamespaces(name),
        clock,
        random,
      });
      openClusters.set(name, reader);
      return reader;
    });

  const resolved = (reference: SecretReference): Promise<string> =>
    resolveSecret(reference, {
      env,
      readSecret: async (where, namespace, name, key) => (await cluster(where)).secret(namespace, name, key),
    });

  const secret = (reference: SecretReference | undefined): (() => Promise<string | undefined>) => {
    return async () => (reference === undefined ? undefined : resolved(reference));
  };

  const address = (direct: Address, via: Via | undefined): (() => Promise<Address>) => {
    return async () =>
      via === undefined ? direct : (await cluster(via.cluster)).forward(via.namespace, via.service, via.port);
  };

  return {
    cluster,
    postgres: (name) =>
      once(servers, name, async () => {
        const server = configured(estate.postgres, name, 'PostgreSQL server');
        const { openPostgres } = await import('#systems/postgres/open.ts');
        const reader = openPostgres({
          name,
          server,
          password: secret(server.password),
          address: address(server, server.via),
          clock,
        });
        states.push(() => reader.state);
        return reader;
      }),
    redis: (name) =>
      once(caches, name, async () => {
        const server = configured(estate.redis, name, 'Redis server');
        const { openRedis } = await import('#systems/redis/open.ts');
        const reader = openRedis({
          name,
          server,
          password: secret(server.password),
          sentinelPassword: secret(server.sentinel?.password),
          address: address(server, server.via),
          clock,
        });
        states.push(() => reader.state);
        return reader;
      }),
    front: (name) =>
      once(fronts, name, async () => {
        const front = configured(estate.fronts, name, 'front');
        const { openFront } = await import('#systems/odoo/open.ts');
        const reader = openFront({ name, front, address: address(parseAddress(front.address), front.via), clock });
        states.push(() => reader.state);
        return reader;
      }),
    store: (name) =>
      once(stores, name, async () => {
        const config = configured(estate.stores, name, 'store');
        const { openStore } = await import('#systems/storage/open.ts');
        return openStore({ name, config, secret: resolved, clock });
      }),
    secret: resolved,
    async clusterWriter(name) {
      const config = configured(estate.clusters, name, 'cluster');
      const { openClusterWriter } = await import('#systems/kubernetes/open-writer.ts');
      return openClusterWriter({ name, context: config.context, kubeconfig: config.kubeconfig, clock });
    },
    async postgresWriter(name) {
      const server = configured(estate.postgres, name, 'PostgreSQL server');
      const { openPostgresWriter } = await import('#systems/postgres/open-writer.ts');
      return openPostgresWriter({
        name,
        server,
        password: secret(server.password),
        address: address(server, server.via),
        clock,
      });
    },
    states: () => states.map((state) => state()),
    opened: (name) => openClusters.get(name),
    async close() {
      const open = [
        ...[...clusters.values(), ...servers.values(), ...caches.values(), ...fronts.values()],
        ...stores.values(),
      ];
      // Forwards run through clusters, so these are closed last.
      for (const reader of open.toReversed()) {
        await reader.then(
          (opened) => opened.close(),
          () => undefined,
        );
      }
    },
  };
}

interface Address {
  readonly host: string;
  readonly port: number;
}

function parseAddress(text: string | undefined): Address {
  const at = text?.lastIndexOf(':') ?? -1;
  return { host: text?.slice(0, at).replace(/^\[|\]$/g, '') ?? '127.0.0.1', port: Number(text?.slice(at + 1) ?? 443) };
}

function configured<Config>(known: Readonly<Record<string, Config>>, name: string, what: string): Config {
  const config = known[name];
  if (config === undefined) {
    throw new ReadFailure('unsupported', `the estate names no ${what} "${name}"`);
  }
  return config;
}
