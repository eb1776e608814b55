import type { Estate, Tenant } from '#estate/estate.ts';
import type { ClusterReader } from '#systems/kubernetes/cluster.ts';
import { type Foreign, message, object, objects, text, textOrNull, time } from '#systems/kubernetes/foreign.ts';
import { listOf } from './kubernetes-lists.ts';
import { instantOf, noOthers, type OtherBackup, type Others, tenantsOn, type Window } from './other.ts';

const group = 'postgresql.cnpg.io/v1';
const source = 'cloudnative-pg';

/** The phases in which a Backup may still end well; `walArchivingFailing` blocks every later one (facts: data-tier.md §1.8). */
const running = new Set(['', 'pending', 'started', 'running', 'finalizing']);

/**
 * Backups of CloudNativePG, and the windows that their object stores can recover. In-tree Barman says so in the Cluster, the plugin
 * in its ObjectStore, by server name; where both speak the plugin does, since the other is no longer written then.
 */
export async function cloudNativePg(
  cluster: ClusterReader,
  tenants: readonly Tenant[],
  { postgres }: Pick<Estate, 'postgres'>,
): Promise<Others> {
  const backups = await listOf(cluster, group, 'backups');
  if (backups === null) {
    return noOthers;
  }
  const [clusters, schedules, stores] = await Promise.all([
    listOf(cluster, group, 'clusters'),
    listOf(cluster, group, 'scheduledbackups'),
    listOf(cluster, 'barmancloud.cnpg.io/v1', 'objectstores'),
  ]);
  const serverOf = (namespace: string, name: string) => serverBehind(postgres, cluster.name, namespace, name);
  const on = (namespace: string, name: string) => ({
    place: `${cluster.name}/${namespace}/${name}`,
    tenants: tenantsOn(serverOf(namespace, name), tenants),
  });
  const made = backups.map((backup): OtherBackup => {
    const { metadata, spec, status } = partsOf(backup);
    const phase = text(status['phase']);
    const said = message(status['error']) ?? message(status['commandError']);
    const of = text(object(spec['cluster'])['name']);
    return {
      ...{ source, name: text(metadata['name']), ...on(text(metadata['namespace']), of), size: null },
      at: instantOf(time(status['startedAt']) ?? time(metadata['creationTimestamp'])),
      status: phase === 'completed' ? 'ok' : running.has(phase) ? 'running' : 'failed',
      message:
        phase === 'walArchivingFailing'
          ? `WAL archiving fails, and no later backup begins before this one is deleted${said === null ? '' : `: ${said}`}`
          : (said ?? (phase === 'completed' ? null : phase || 'not begun')),
    };
  });
  const windows = (clusters ?? []).map((one): Window => {
    const { metadata, status } = partsOf(one);
    const [namespace, name] = [text(metadata['namespace']), text(metadata['name'])];
    const conditions = objects(status['conditions']);
    const archiving = conditions.find(({ type }) => type === 'ContinuousArchiving');
    const window = recoveryWindow(stores ?? [], namespace, one) ?? {
      from: time(status['firstRecoverabilityPoint']),
      last: time(status['lastSuccessfulBackup']),
      failed: time(status['lastFailedBackup']),
    };
    const isArchiving = archiving?.['status'] === 'True';
    const hasFailed = window.failed !== null && window.failed > (window.last ?? 0);
    const notes = [
      ...(archiving !== undefined && !isArchiving
        ? [`WAL archiving fails: ${message(archiving['message']) ?? 'no reason given'}`]
        : []),
      ...(hasFailed ? [`its last backup failed at ${instantOf(window.failed)}`] : []),
    ];
    return {
      ...{ source, ...on(namespace, name), from: instantOf(window.from) },
      // While WAL goes out, any later point can be had too; how late is for `wal.ts` to say, which asks the server.
      until: instantOf(window.last),
      nextAt: nextOf(schedules ?? [], namespace, name),
      message: notes.length === 0 ? null : notes.join('; '),
    };
  });
  return {
    backups: made,
    windows: windows.filter(({ from, until, nextAt, message: said }) => from ?? until ?? nextAt ?? said),
    failures: [],
  };
}

function partsOf(value: Foreign): { readonly metadata: Foreign; readonly spec: Foreign; readonly status: Foreign } {
  return { metadata: object(value['metadata']), spec: object(value['spec']), status: object(value['status']) };
}

/** The server of the estate that is reached through one of the Services that CloudNativePG makes for a cluster. */
function serverBehind(postgres: Estate['postgres'], cluster: string, namespace: string, name: string): string | null {
  const services = [`${name}-rw`, `${name}-ro`, `${name}-r`];
  const hosts = services.flatMap((service) => [`${service}.${namespace}`, `${service}.${namespace}.svc`]);
  const found = Object.entries(postgres).find(
    ([, { via, host }]) =>
      (via?.cluster === cluster && via.namespace === namespace && services.includes(via.service)) ||
      (via === undefined && hosts.some((one) => host === one || host.startsWith(`${one}.`))),
  );
  return found?.[0] ?? null;
}

function recoveryWindow(stores: readonly Foreign[], namespace: string, cluster: Foreign) {
  const { metadata, spec } = partsOf(cluster);
  const plugins = objects(spec['plugins']);
  const parameters = object(plugins.find(({ name }) => name === 'barman-cloud.cloudnative-pg.io')?.['parameters']);
  const store = textOrNull(parameters['barmanObjectName']);
  const server = textOrNull(parameters['serverName']) ?? text(metadata['name']);
  const held = stores
    .map(partsOf)
    .find((one) => one.metadata['namespace'] === namespace && one.metadata['name'] === store);
  const window = held === undefined ? undefined : object(held.status['serverRecoveryWindow'])[server];
  if (window === undefined) {
    return null;
  }
  const of = object(window);
  return {
    from: time(of['firstRecoverabilityPoint']),
    last: time(of['lastSuccessfulBackupTime']) ?? time(of['lastSuccussfulBackupTime']),
    failed: time(of['lastFailedBackupTime']),
  };
}

function nextOf(schedules: readonly Foreign[], namespace: string, name: string): string | null {
  const times = schedules
    .map(partsOf)
    .filter(({ metadata, spec }) => metadata['namespace'] === namespace && object(spec['cluster'])['name'] === name)
    .filter(({ spec }) => spec['suspend'] !== true)
    .flatMap(({ status }) => time(status['nextScheduleTime']) ?? []);
  return times.length === 0 ? null : instantOf(Math.min(...times));
}
