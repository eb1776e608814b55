import { join } from 'node:path';
import { resolveSecret } from '#discovery/secrets.ts';
import type { Estate, Tenant } from '#estate/estate.ts';
import type { SecretReference } from '#estate/schema.ts';
import { createConnections } from '#health/connections.ts';
import { stateHome } from '#health/state-folder.ts';
import type { TenantStatus } from '#health/status.ts';
import type { Ledger } from '#ledger/ledger.ts';
import { ledgerOf } from '#ledger/open.ts';
import type { ClusterWriter, DryRunner } from '#systems/kubernetes/writer.ts';
import type { PostgresWriter } from '#systems/postgres/writer.ts';
import type { Clock } from '#text/clock.ts';
import { version } from '#text/version.ts';
import type { GrantedCredentials } from './access/credentials/granted.ts';
import type { PlanWorld } from './action.ts';

/** Everything that planning, performing and reconciling an action of one estate needs. */
export interface ActContext extends PlanWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The estate's mode, or READ-WRITE where `--write` opened it for this run. */
  readonly mode: Estate['mode'];
  readonly ledgerFolder: string;
  readonly tenants: readonly Tenant[];
  status(tenant: string): TenantStatus | null;
  dryRunner(cluster: string): Promise<DryRunner>;
  clusterWriter(name: string): Promise<ClusterWriter>;
  postgresWriter(name: string): Promise<PostgresWriter>;
  close(): Promise<void>;
}

export interface ContextOptions {
  readonly estate: Estate;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly write: boolean;
  readonly tenants: readonly Tenant[];
  readonly statuses: readonly TenantStatus[];
  /** What is written, is written with these where the grant has any. */
  readonly granted?: GrantedCredentials | null;
  /** Told once, when the ledger's server is found away. */
  readonly onAway?: (message: string) => void;
}

export function ledgerFolder(estate: Estate, env: ContextOptions['env']): string {
  return join(stateHome(estate.id, env), 'ledger');
}

export function openLedger(
  estate: Estate,
  clock: Clock,
  env: ContextOptions['env'],
  onAway: (message: string) => void = (message) => void process.stderr.write(`⚠ ${message}\n`),
): Ledger {
  const from = env['SSH_CONNECTION']?.split(' ')[0];
  return ledgerOf({
    ...{ estate, clock, env, folder: ledgerFolder(estate, env) },
    ...{ secret: secretsOf(estate, clock, env), onAway },
    claimed: {
      app: `till/${version}`,
      ...(env['SUDO_USER'] === undefined ? {} : { person: env['SUDO_USER'] }),
      ...(env['SSH_TTY'] === undefined ? {} : { tty: env['SSH_TTY'] }),
      ...(from === undefined || from === '' ? {} : { from }),
    },
  });
}

/** What a reference stands for; from a cluster's Secret by a connection that is closed again. */
export function secretsOf(estate: Estate, clock: Clock, env: ContextOptions['env']) {
  const readSecret = async (where: string, namespace: string, name: string, key: string): Promise<string> => {
    const connections = createConnections({ estate, clock, random: Math.random, env, knownNamespaces: () => [] });
    try {
      return await (await connections.cluster(where)).secret(namespace, name, key);
    } finally {
      await connections.close();
    }
  };
  return (reference: SecretReference) => resolveSecret(reference, { env, readSecret });
}

export function openContext(options: ContextOptions): ActContext {
  const { estate, clock, env, granted = null } = options;
  const connections = createConnections({ estate, clock, random: Math.random, env, knownNamespaces: () => [] });
  const statuses = new Map(options.statuses.map((status) => [status.tenant, status]));
  const ledger = openLedger(estate, clock, env, options.onAway ?? (() => undefined));
  const writers: { close(): Promise<void> }[] = [];
  const kept = new Map<string, Promise<unknown>>();
  const once = <T>(key: string, open: () => Promise<T>): Promise<T> => {
    const known = kept.get(key) ?? open();
    kept.set(key, known);
    return known as Promise<T>;
  };
  return {
    estate,
    clock,
    env,
    ledger,
    mode: options.write ? 'READ-WRITE' : estate.mode,
    ledgerFolder: ledgerFolder(estate, env),
    tenants: options.tenants,
    status: (tenant) => statuses.get(tenant) ?? null,
    cluster: connections.cluster,
    postgres: connections.postgres,
    store: connections.store,
    login: connections.login,
    secret: connections.secret,
    dryRunner: (name) => once(`writer/${name}`, () => connections.clusterWriter(name, granted?.tokens(name))),
    clusterWriter: (name) => once(`writer/${name}`, () => connections.clusterWriter(name, granted?.tokens(name))),
    postgresWriter: (name) =>
      once(`postgres/${name}`, async () => {
        const writer = await connections.postgresWriter(name, granted?.login(name));
        writers.push(writer);
        return writer;
      }),
    async close() {
      await Promise.all(writers.map((writer) => writer.close()));
      await ledger.close();
      await connections.close();
    },
  };
}
