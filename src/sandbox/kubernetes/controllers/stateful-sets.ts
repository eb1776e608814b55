import type { Pod, StatefulSet } from '../shapes.ts';
import type { StoredObject } from '../types.ts';
import { as, type Cluster, putStatus } from './cluster.ts';
import { fnv, safeText } from './hash.ts';
import { createPod, isActive, isReady } from './pods.ts';

/** Pods `name-0`, `name-1` … one after the other, each once the one before is ready. */
export function reconcileStatefulSet(cluster: Cluster, removePod: (pod: Pod) => void, key: string): void {
  const { store, kinds, owned } = cluster;
  const [namespace, name = ''] = key.split('/');
  const object = store.get(kinds.statefulSet, namespace, name);
  const set = as<StatefulSet>(object);
  if (object === undefined || set === undefined) {
    return;
  }
  const wanted = set.spec.replicas ?? 1;
  const all = owned.of<Pod>(set.metadata.uid, kinds.pod);
  const byOrdinal = new Map(all.map((pod) => [ordinalOf(pod), pod]));
  for (let ordinal = 0; ordinal < wanted; ordinal += 1) {
    const pod = byOrdinal.get(ordinal);
    if (pod === undefined) {
      addStatefulPod(cluster, object, ordinal);
      break;
    }
    if (!isReady(pod) || !isActive(pod)) {
      break;
    }
  }
  const last = [...byOrdinal.keys()].filter((ordinal) => ordinal >= wanted).sort((a, b) => b - a)[0];
  const surplus = last === undefined ? undefined : byOrdinal.get(last);
  if (surplus !== undefined) {
    removePod(surplus);
  }
  reportStatefulSet(cluster, key);
}

export function reportStatefulSet(cluster: Cluster, key: string): void {
  const { store, kinds, owned } = cluster;
  const [namespace, name = ''] = key.split('/');
  const object = store.get(kinds.statefulSet, namespace, name);
  const set = as<StatefulSet>(object);
  if (object === undefined || set === undefined) {
    return;
  }
  const pods = owned.of<Pod>(set.metadata.uid, kinds.pod).filter(isActive);
  const ready = pods.filter(isReady).length;
  const revision = revisionNameOf(set);
  putStatus(cluster, kinds.statefulSet, object, {
    observedGeneration: set.metadata.generation ?? 1,
    replicas: pods.length,
    ...(ready === 0 ? {} : { readyReplicas: ready }),
    currentReplicas: pods.length,
    updatedReplicas: pods.length,
    currentRevision: revision,
    updateRevision: revision,
    collisionCount: 0,
    availableReplicas: ready,
  });
}

export function addStatefulPod(cluster: Cluster, object: StoredObject, ordinal: number, createdAt?: number): Pod {
  const set = object as unknown as StatefulSet;
  const name = `${set.metadata.name}-${ordinal}`;
  const pod = createPod(cluster, {
    owner: object,
    template: set.spec.template,
    name,
    generateName: `${set.metadata.name}-`,
    labels: {
      ...set.spec.template.metadata?.labels,
      'apps.kubernetes.io/pod-index': `${ordinal}`,
      'controller-revision-hash': revisionNameOf(set),
      'statefulset.kubernetes.io/pod-name': name,
    },
    spec: { hostname: name, subdomain: set.spec.serviceName ?? '' },
    ...(createdAt === undefined ? {} : { createdAt }),
  });
  if (createdAt === undefined) {
    cluster.recorder.record({
      about: object,
      reason: 'SuccessfulCreate',
      message: `create Pod ${name} in StatefulSet ${set.metadata.name} successful`,
      component: 'statefulset-controller',
    });
  }
  return pod;
}

function revisionNameOf({ metadata, spec }: StatefulSet): string {
  return `${metadata.name}-${safeText(fnv(JSON.stringify(spec.template)))}`;
}

function ordinalOf({ metadata }: Pod): number {
  return Number(metadata.name.slice(metadata.name.lastIndexOf('-') + 1));
}
