import type { Blocker } from '#policy/refusal.ts';
import type { ClusterReader } from '#systems/kubernetes/cluster.ts';
import { type Foreign, object, objects, text } from '#systems/kubernetes/foreign.ts';
import type { PostgresReader } from '#systems/postgres/server.ts';
import { ReadFailure } from '#systems/source.ts';
import { fitting, type PlacedPod, placedPod, roomOf } from './node-room.ts';
import { collectionPath } from './object-path.ts';
import { connectionsPerPod } from './odoo-workers.ts';
import { quotaBlockers } from './quota-room.ts';
import { requestsOf } from './requests.ts';

export interface Headroom {
  readonly blockers: readonly Blocker[];
  readonly warnings: readonly string[];
}

/** More pods of one workload. */
export interface Demand {
  readonly namespace: string;
  readonly workload: string;
  /** The spec of its pods. */
  readonly template: Foreign;
  readonly more: number;
}

const pageSize = 500;

/** Whether more pods have room: the namespace's quota, the nodes, PostgreSQL. What could not be asked is a warning. */
export async function headroom(
  demand: Demand,
  cluster: ClusterReader,
  postgres: (() => Promise<PostgresReader>) | null,
): Promise<Headroom> {
  if (demand.more <= 0) {
    return { blockers: [], warnings: [] };
  }
  const parts = await Promise.all([
    known('quota', () => quotaRoom(demand, cluster)),
    known('room on the nodes', () => nodesRoom(demand, cluster)),
    postgres === null ? nothing : known('PostgreSQL connections', async () => connectionRoom(demand, await postgres())),
  ]);
  return { blockers: parts.flatMap(({ blockers }) => blockers), warnings: parts.flatMap(({ warnings }) => warnings) };
}

const nothing: Headroom = { blockers: [], warnings: [] };

async function known(what: string, ask: () => Promise<Headroom>): Promise<Headroom> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ReadFailure) {
      return { blockers: [], warnings: [`${what} is not known: ${error.message}`] };
    }
    throw error;
  }
}

async function quotaRoom({ namespace, template, more }: Demand, cluster: ClusterReader): Promise<Headroom> {
  const quotas = objects(object(await cluster.get(collectionPath('ResourceQuota', namespace)))['items']);
  return { blockers: quotaBlockers(quotas, template, more), warnings: [] };
}

async function nodesRoom({ workload, template, more }: Demand, cluster: ClusterReader): Promise<Headroom> {
  const [nodes, pods] = await Promise.all([cluster.get('/api/v1/nodes'), placedPods(cluster)]);
  const room = roomOf(objects(object(nodes)['items']), pods, template);
  const fit = fitting(room, requestsOf(template), more);
  return fit >= more
    ? nothing
    : {
        blockers: [
          {
            by: `nodes of ${cluster.name}`,
            reason: `room for ${fit} of ${more} more ${workload} pods: allocatable less requests on ${room.length} nodes`,
            until: null,
            wayOut: fit === 0 ? 'add a node first' : `ask for ${fit} more at most, or add a node first`,
          },
        ],
        warnings: [],
      };
}

/** Page by page, and only what is needed of each: a cluster's pods are a lot. */
async function placedPods(cluster: ClusterReader): Promise<readonly PlacedPod[]> {
  const found: PlacedPod[] = [];
  for (let next = ''; ; ) {
    const page = object(await cluster.get(`/api/v1/pods?limit=${pageSize}${next}`));
    found.push(...objects(page['items']).flatMap((pod) => placedPod(pod) ?? []));
    const token = text(object(page['metadata'])['continue'], 4096);
    if (token === '') {
      return found;
    }
    next = `&continue=${encodeURIComponent(token)}`;
  }
}

async function connectionRoom({ workload, template, more }: Demand, postgres: PostgresReader): Promise<Headroom> {
  const each = connectionsPerPod(template);
  if (each === null) {
    return { blockers: [], warnings: [`how many PostgreSQL connections ${workload} takes is not known`] };
  }
  const [row] = await postgres.query(
    {
      text: `select count(*)::int as used,
        current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as most
        from pg_stat_activity where backend_type = 'client backend'`,
    },
    { deadlineMs: 5_000 },
  );
  const used = Number(row?.['used']);
  const most = Number(row?.['most']);
  const needed = each * more;
  const isTight = used + needed > most * 0.9;
  return isTight
    ? {
        blockers: [],
        warnings: [
          `${postgres.name}: about ${needed} more connections on top of ${used} of ${most} (estimate: ${each} a pod)`,
        ],
      }
    : nothing;
}
