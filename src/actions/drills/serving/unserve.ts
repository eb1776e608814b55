import { setTimeout as pause } from 'node:timers/promises';
import type { ClusterReader } from '#systems/kubernetes/cluster.ts';
import { object, objects, text } from '#systems/kubernetes/foreign.ts';
import type { Operation } from '#systems/operation.ts';
import { WriteFailure } from '#systems/write-failure.ts';
import type { ActWorld } from '../../action.ts';
import type { ServePlace } from '../place.ts';
import { operationLabel } from './objects.ts';

/** What a drill has made in a cluster. */
export interface Served {
  readonly kind: 'Pod' | 'NetworkPolicy';
  readonly path: string;
  readonly name: string;
  readonly operation: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

const collections = {
  Pod: (namespace: string) => `/api/v1/namespaces/${namespace}/pods`,
  NetworkPolicy: (namespace: string) => `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`,
} as const;

const patienceMs = 90_000;
const everyMs = 300;

/** Pods and policies of drills that are there: of this one, or of all. Throws ReadFailure. */
export async function servedBy(
  operation: string | null,
  { namespace }: Pick<ServePlace, 'namespace'>,
  cluster: Pick<ClusterReader, 'get'>,
): Promise<readonly Served[]> {
  const labels = [
    'app.kubernetes.io/part-of=till-drill',
    operation === null ? operationLabel : `${operationLabel}=${operation}`,
  ];
  const query = new URLSearchParams({ labelSelector: labels.join(',') });
  const found = await Promise.all(
    (['Pod', 'NetworkPolicy'] as const).map(async (kind) => {
      const collection = collections[kind](encodeURIComponent(namespace));
      const list = objects(object(await cluster.get(`${collection}?${query}`))['items']);
      return list.map((item): Served => {
        const metadata = object(item['metadata']);
        const name = text(metadata['name']);
        return {
          ...{ kind, name, path: `${collection}/${encodeURIComponent(name)}` },
          operation: text(object(metadata['labels'])[operationLabel]),
          ...{ uid: text(metadata['uid']), resourceVersion: text(metadata['resourceVersion']) },
        };
      });
    }),
  );
  return found.flat();
}

/**
 * Removes the pod, and when it is gone its policy: no moment without the one while there is the other. Says how many objects there were,
 * and returns only once the cluster shows none. Throws WriteFailure or ReadFailure.
 */
export async function unserve(
  drill: string,
  place: ServePlace,
  operation: Operation,
  world: ActWorld,
): Promise<number> {
  const cluster = await world.cluster(place.cluster);
  const until = world.clock.monotonic() + patienceMs;
  const removed = new Set<string>();
  for (;;) {
    const there = await servedBy(drill, place, cluster);
    if (there.length === 0) {
      return removed.size;
    }
    const pods = there.filter(({ kind }) => kind === 'Pod');
    for (const object of (pods.length > 0 ? pods : there).filter(({ uid }) => !removed.has(uid))) {
      if (await isRemoved(object, place, operation, world)) {
        removed.add(object.uid);
      }
    }
    if (world.clock.monotonic() >= until) {
      throw new WriteFailure('unknown', `${there.map(({ kind, name }) => `${kind} ${name}`).join(', ')} did not go`);
    }
    await pause(everyMs, undefined, { signal: world.signal });
  }
}

/** False where a status changed in between: it is read again. */
async function isRemoved(served: Served, place: ServePlace, operation: Operation, world: ActWorld): Promise<boolean> {
  try {
    await (await world.clusterWriter(place.cluster)).remove(operation, served);
    return true;
  } catch (error) {
    if (error instanceof WriteFailure && (error.code === '409' || error.code === '404')) {
      return error.code === '404';
    }
    throw error;
  }
}
