import { instant } from '#text/clock.ts';
import { Refusal } from '../api/status.ts';
import type { Condition, Pod, ReplicaSet } from '../shapes.ts';
import type { StoredObject } from '../types.ts';
import { as, type Cluster, putStatus } from './cluster.ts';
import type { Again } from './deployments.ts';
import { suffixOf } from './hash.ts';
import { createPod, isActive, isReady } from './pods.ts';

/** Keeps as many pods as a ReplicaSet asks for, and counts them. */
export function reconcileReplicaSet(cluster: Cluster, removePod: (pod: Pod) => void, again: Again, key: string): void {
  const { store, kinds, owned } = cluster;
  const [namespace, name = ''] = key.split('/');
  const object = store.get(kinds.replicaSet, namespace, name);
  const set = as<ReplicaSet>(object);
  if (object === undefined || set === undefined) {
    return;
  }
  const pods = owned.of<Pod>(set.metadata.uid, kinds.pod).filter(isActive);
  const wanted = set.spec.replicas ?? 1;
  let refusal: Refusal | undefined;
  for (let count = pods.length; count < wanted && refusal === undefined; count += 1) {
    const pod = addPod(cluster, object, set);
    refusal = pod instanceof Refusal ? pod : undefined;
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
  reportReplicaSet(cluster, key, refusal);
  if (refusal !== undefined) {
    again(key, cluster.span(waitMs(set, cluster.clock.now())));
  }
}

/** Twice as long as it has been failing, between a second and five minutes. */
function waitMs({ status }: ReplicaSet, now: number): number {
  const since = status?.conditions?.find(({ type }) => type === 'ReplicaFailure')?.lastTransitionTime;
  return Math.min(300_000, Math.max(1000, since === undefined ? 0 : now - Date.parse(since)));
}

/** The counts in a ReplicaSet's status. */
export function reportReplicaSet(cluster: Cluster, key: string, refusal?: Refusal): void {
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
    ...(refusal === undefined ? {} : { conditions: [failure(set, refusal, cluster.clock.now())] }),
  });
}

function failure({ status }: ReplicaSet, { message }: Refusal, now: number): Condition {
  const known = status?.conditions?.find(({ type }) => type === 'ReplicaFailure');
  return {
    type: 'ReplicaFailure',
    status: 'True',
    lastTransitionTime: known?.lastTransitionTime ?? instant(now),
    reason: 'FailedCreate',
    message: known?.message ?? message,
  };
}

/** Creates one pod; seeds give the moment at which it was made. */
export function addPod(cluster: Cluster, object: StoredObject, set: ReplicaSet, createdAt?: number): Pod | Refusal {
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
  if (pod instanceof Refusal) {
    cluster.recorder.record({
      about: object,
      type: 'Warning',
      reason: 'FailedCreate',
      message: `Error creating: ${pod.message}`,
      component: 'replicaset-controller',
    });
  } else if (createdAt === undefined) {
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
