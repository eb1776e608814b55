import type { ClusterReader } from '#systems/kubernetes/cluster.ts';
import { type Foreign, object, objects, text } from '#systems/kubernetes/foreign.ts';
import { collectionPath } from './object-path.ts';
import type { Workload } from './workloads.ts';

/** Names what scaling down would drop; null when it drops nothing. */
export async function droppedPods(workload: Workload, fewer: number, cluster: ClusterReader): Promise<string | null> {
  if (fewer <= 0) {
    return null;
  }
  const { namespace, selector, name } = workload;
  const labels = Object.entries(selector).map(([key, value]) => `${key}=${value}`);
  const query = `?labelSelector=${encodeURIComponent(labels.join(','))}`;
  const pods = objects(object(await cluster.get(`${collectionPath('Pod', namespace)}${query}`))['items']);
  const likely = firstToGo(pods, workload.kind).slice(0, fewer);
  return `drops ${fewer} of ${pods.length} pods of ${name}, most likely ${likely.join(', ')}`;
}

/** As the controllers rank them: a StatefulSet's highest ordinal; else not ready first, then the youngest. */
export function firstToGo(pods: readonly Foreign[], kind: Workload['kind']): readonly string[] {
  const nameOf = (pod: Foreign): string => text(object(pod['metadata'])['name']);
  if (kind === 'StatefulSet') {
    const ordinal = (pod: Foreign): number => Number(/-(\d+)$/.exec(nameOf(pod))?.[1] ?? 0);
    return pods.toSorted((a, b) => ordinal(b) - ordinal(a)).map(nameOf);
  }
  const bornAt = (pod: Foreign): string => text(object(pod['metadata'])['creationTimestamp']);
  return pods
    .toSorted((a, b) => Number(isReady(a)) - Number(isReady(b)) || bornAt(b).localeCompare(bornAt(a)))
    .map(nameOf);
}

function isReady(pod: Foreign): boolean {
  return objects(object(pod['status'])['conditions']).some(({ type, status }) => type === 'Ready' && status === 'True');
}
