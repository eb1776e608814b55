import { resolveSecret } from '#discovery/secrets.ts';
import type { Estate } from '#estate/estate.ts';
import type { SecretReference, Via } from '#estate/schema.ts';
import type { ClusterReader } from '#systems/kubernetes/cluster.ts';
import type { ClusterMinter } from '#systems/kubernetes/minter.ts';
import type { ClusterWriter, DryRunner } from '#systems/kubernetes/writer.ts';
import type { FrontReader } from '#systems/odoo/front.ts';
import type { DatabaseLogin, LoginPurpose } from '#systems/postgres/login.ts';
import type { PostgresLogins } from '#systems/postgres/logins.ts';
import type { PostgresReader } from '#systems/postgres/server.ts';
import type { PostgresWriter } from '#systems/postgres/writer.ts';
import type { RedisAcl } from '#systems/redis/acl.ts';
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
  clusterWriter(name: string, tokens?: ReadonlyMap<string, string> | null): Promise<ClusterWriter & DryRunner>;
  /** As `clusterWriter`; the caller closes it. */
  postgresWriter(
    name: string,
    login?: { readonly user: string; readonly password: string } | null,
  ): Promise<PostgresWriter>;
  /** For backups and restores. Throws ReadFailure where the estate names no such login. */
  login(server: string, purpose: LoginPurpose): Promise<DatabaseLogin>;
  /** Who makes and ends credentials of grants, each opened anew; null where the estate names no minter. The caller closes it. */
  clusterMinter(name: string): Promise<ClusterMinter>;
  postgresLogins(name: string): Promise<PostgresLogins | null>;
  redisAcl(name: string): Promise<RedisAcl | null>;
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
    async clusterWriter(name, tokens = null) {
      const config = configured(estate.clusters, name, 'cluster');
      const { openClusterWriter } = await import('#systems/kubernetes/open-writer.ts');
      const { context, kubeconfig } = config;
      return openClusterWriter({ name, context, kubeconfig, clock, ...(tokens === null ? {} : { tokens }) });
    },
    async postgresWriter(name, login = null) {
      const server = configured(estate.postgres, name, 'PostgreSQL server');
      const { openPostgresWriter } = await import('#systems/postgres/open-writer.ts');
      return openPostgresWriter({
        name,
        server: login === null ? server : { ...server, user: login.user },
        password: login === null ? secret(server.password) : async () => login.password,
        address: address(server, server.via),
        clock,
      });
    },
    async login(name, purpose) {
      const server = configured(estate.postgres, name, 'PostgreSQL server');
      const login = loginFor(estate, name, purpose);
      const { openDatabaseLogin } = await import('#systems/postgres/login-open.ts');
      return openDatabaseLogin({
        name,
        server: { ...server, user: login.user },
        password: secret(login.password),
        address: address(server, server.via),
      });
    },
    async clusterMinter(name) {
      const { minter, context, kubeconfig } = configured(estate.clusters, name, 'cluster');
      const { openClusterMinter } = await import('#systems/kubernetes/minter-open.ts');
      const as = { context: minter?.context ?? context, kubeconfig: minter?.kubeconfig ?? kubeconfig };
      return openClusterMinter({ ...as, clock });
    },
    async postgresLogins(name) {
      const { minter, ...server } = configured(estate.postgres, name, 'PostgreSQL server');
      if (minter === undefined) {
        return null;
      }
      const { openPostgresLogins } = await import('#systems/postgres/logins-open.ts');
      return openPostgresLogins({
        name,
        server: { ...server, user: minter.user },
        password: secret(minter.password),
        address: address(server, server.via),
        clock,
      });
    },
    async redisAcl(name) {
      const { minter, ...server } = configured(estate.redis, name, 'Redis server');
      if (minter === undefined) {
        return null;
      }
      const { openRedisAcl } = await import('#systems/redis/acl-open.ts');
      return openRedisAcl({
        name,
        server: { ...server, username: minter.username },
        password: secret(minter.password),
        address: address(server, server.via),
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

function loginFor({ postgres, backups }: Estate, server: string, purpose: LoginPurpose) {
  const recovery = backups?.recovery;
  const login =
    purpose !== 'recovery' ? postgres[server]?.[purpose] : recovery?.postgres === server ? recovery : undefined;
  if (login === undefined) {
    const where = purpose === 'recovery' ? '`backups.recovery`' : `\`postgres.${server}.${purpose}\``;
    throw new ReadFailure('unsupported', `the estate names no login that may do this on ${server}: add ${where}`);
  }
  return login;
}

function configured<Config>(known: Readonly<Record<string, Config>>, name: string, what: string): Config {
  const config = known[name];
  if (config === undefined) {
    throw new ReadFailure('unsupported', `the estate names no ${what} "${name}"`);
  }
  return config;
}
