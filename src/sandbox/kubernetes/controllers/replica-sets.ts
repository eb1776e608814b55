import type { Pod, ReplicaSet } from '../shapes.ts';
import type { StoredObject } from '../types.ts';
import { as, type Cluster, putStatus } from './cluster.ts';
import { suffixOf } from './hash.ts';
import { createPod, isActive, isReady } from './pods.ts';

/** Keeps as many pods as a ReplicaSet asks for, and counts them. */
export function reconcileReplicaSet(cluster: Cluster, removePod: (pod: Pod) => void, key: string): void {
  const { store, kinds, owned } = cluster;
  const [namespace, name = ''] = key.split('/');
  const object = store.get(kinds.replicaSet, namespace, name);
  const set = as<ReplicaSet>(object);
  if (object === undefined || set === undefined) {
    return;
  }
  const pods = owned.of<Pod>(set.metadata.uid, kinds.pod).filter(isActive);
  const wanted = set.spec.replicas ?? 1;
  for (let count = pods.length; count < wanted; count += 1) {
    addPod(cluster, object, set);
  }
  for (const pod of worstFirst(pods).slice(0, Math.max(0, pods.length - wanted))) {
    cluster.recorder.record({
      about: object,
      reason: 'SuccessfulDelete',
      message: `Deleted pod: ${pod.metadata.name}`,
      component: 'replicaset-controller',
    });
    removePod(pod);
  }
  reportReplicaSet(cluster, key);
}

/** The counts in a ReplicaSet's status. */
export function reportReplicaSet(cluster: Cluster, key: string): void {
  const { store, kinds, owned } = cluster;
  const [namespace, name = ''] = key.split('/');
  const object = store.get(kinds.replicaSet, namespace, name);
  const set = as<ReplicaSet>(object);
  if (object === undefined || set === undefined) {
    return;
  }
  const all = owned.of<Pod>(set.metadata.uid, kinds.pod);
  const pods = all.filter(isActive);
  const ready = pods.filter(isReady).length;
  putStatus(cluster, kinds.replicaSet, object, {
    replicas: pods.length,
    fullyLabeledReplicas: pods.length,
    ...(ready === 0 ? {} : { readyReplicas: ready, availableReplicas: ready }),
    terminatingReplicas: all.filter(({ metadata }) => metadata.deletionTimestamp !== undefined).length,
    observedGeneration: set.metadata.generation ?? 1,
  });
}

/** Creates one pod; seeds give the moment at which it was made. */
export function addPod(cluster: Cluster, object: StoredObject, set: ReplicaSet, createdAt?: number): Pod {
  const { store, kinds } = cluster;
  const { name, namespace } = set.metadata;
  let podName = '';
  for (let attempt = 0; podName === '' || store.get(kinds.pod, namespace, podName) !== undefined; attempt += 1) {
    podName = `${name}-${suffixOf(`${namespace}/${name}/${store.version}/${attempt}`)}`;
  }
  const pod = createPod(cluster, {
    owner: object,
    template: set.spec.template,
    name: podName,
    generateName: `${name}-`,
    ...(createdAt === undefined ? {} : { createdAt }),
  });
  if (createdAt === undefined) {
    cluster.recorder.record({
      about: object,
      reason: 'SuccessfulCreate',
      message: `Created pod: ${podName}`,
      component: 'replicaset-controller',
    });
  }
  return pod;
}

/** Whom to end first: without a node, then not ready, then the youngest, as the real controller ranks them. */
function worstFirst(pods: readonly Pod[]): readonly Pod[] {
  const rank = (pod: Pod): number => (pod.spec.nodeName === undefined ? 0 : isReady(pod) ? 2 : 1);
  return pods.toSorted(
    (a, b) => rank(a) - rank(b) || b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp),
  );
}
