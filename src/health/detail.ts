import type { Tenant } from '#estate/estate.ts';
import { crons } from './queries/crons.ts';
import { queue } from './queries/queue.ts';
import { sessions } from './queries/sessions.ts';
import type { DatabaseQuery, ServerQuery } from './signal.ts';
import type { TenantStatus } from './status.ts';
import type { CronRow, Part, QueueRow, SessionRow, TenantDetail } from './watcher.ts';
import { keys, type World } from './world.ts';

/** Read for the tenant's own screen, beyond what the signals read. */
export const detailServerQueries: readonly ServerQuery<unknown>[] = [sessions];
export const detailDatabaseQueries: readonly DatabaseQuery<unknown>[] = [crons, queue];

/** What a tenant's own screen shows, from what has been observed. Pure. */
export function detailOf(tenant: Tenant, status: TenantStatus, world: World): TenantDetail {
  const objects = world.objectsOf(tenant);
  return {
    tenant,
    status,
    workloads: fromCluster(tenant, 'deployments', objects.workloads, world),
    pods: fromCluster(tenant, 'pods', objects.pods, world),
    sessions: sessionsOf(tenant, world),
    crons: inDatabase<CronRow>(tenant, crons, world),
    queue: inDatabase<QueueRow>(tenant, queue, world),
  };
}

function fromCluster<Row>(tenant: Tenant, kind: 'deployments' | 'pods', rows: readonly Row[], world: World): Part<Row> {
  if (tenant.cluster === null) {
    return { state: 'unknown', reason: 'not-probed', message: 'the estate names no cluster for this tenant' };
  }
  const state = world.clusterState(tenant.cluster, kind, tenant.namespace);
  if (state === null || state.phase === 'connecting' || state.phase === 'syncing') {
    return { state: 'loading' };
  }
  if (rows.length === 0 && state.phase !== 'live') {
    return { state: 'unknown', reason: state.phase, message: state.message ?? state.phase };
  }
  return { state: 'ready', rows, observedAt: state.lastHeardAt ?? world.now };
}

/** The sessions of the tenant's own database; a blocker elsewhere on the server is shown too, for it is in the tree. */
function sessionsOf(tenant: Tenant, world: World): Part<SessionRow> {
  if (tenant.postgres === null || tenant.database === null) {
    return { state: 'unknown', reason: 'not-probed', message: 'the estate names no database for this tenant' };
  }
  const all = observed<readonly SessionRow[]>(keys.server(tenant.postgres, sessions.name), world);
  if (all.state !== 'ready') {
    return all;
  }
  const own = all.rows.filter((session) => session.database === tenant.database);
  const blockers = new Set(own.flatMap((session) => session.blockedBy));
  const others = all.rows.filter((session) => session.database !== tenant.database && blockers.has(session.pid));
  return { ...all, rows: [...own, ...others] };
}

function inDatabase<Row>(tenant: Tenant, query: DatabaseQuery<unknown>, world: World): Part<Row> {
  if (tenant.postgres === null || tenant.database === null) {
    return { state: 'unknown', reason: 'not-probed', message: 'the estate names no database for this tenant' };
  }
  return observed<readonly Row[]>(keys.database(tenant.postgres, tenant.database, query.name), world);
}

function observed<Rows extends readonly unknown[]>(key: string, world: World): Part<Rows[number]> {
  const observation = world.observation(key);
  if (observation === null || (observation.latest === null && observation.failure === null)) {
    return { state: 'loading' };
  }
  const { latest, failure } = observation;
  if (latest === null) {
    return { state: 'unknown', reason: failure?.reason ?? 'unreachable', message: failure?.message ?? '' };
  }
  if (latest.value === null) {
    return { state: 'unknown', reason: 'unsupported', message: 'not there: the module is not installed' };
  }
  return { state: 'ready', rows: latest.value as Rows, observedAt: latest.at };
}
