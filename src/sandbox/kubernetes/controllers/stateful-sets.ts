import { Refusal } from '../api/status.ts';
import type { ControllerRevision, Pod, StatefulSet } from '../shapes.ts';
import type { StoredObject } from '../types.ts';
import { as, type Cluster, putStatus } from './cluster.ts';
import type { Again } from './deployments.ts';
import { createPod, isActive, isReady } from './pods.ts';
import { forgetRevisions, revisionsOf, templateOf, updateRevisionOf } from './revisions.ts';

const hashKey = 'controller-revision-hash';
const retryMs = 5000;

/**
 * Pods `name-0`, `name-1` … one after the other, each once the one before is ready; a new template from the last one down to the
 * partition. A pod that never gets ready holds all of it up, also the way back (facts: gitops.md §2.2).
 */
export function reconcileStatefulSet(cluster: Cluster, removePod: (pod: Pod) => void, again: Again, key: string): void {
  const { store, kinds } = cluster;
  const [namespace, name = ''] = key.split('/');
  const object = store.get(kinds.statefulSet, namespace, name);
  if (object === undefined) {
    return;
  }
  const update = updateRevisionOf(cluster, object);
  reportStatefulSet(cluster, key, update);
  const step = nextStep(cluster, object as unknown as StatefulSet, update);
  for (const { ordinal, revision } of step.create) {
    if (addStatefulPod(cluster, object, ordinal, revision) instanceof Refusal) {
      again(key, cluster.span(retryMs));
      break;
    }
  }
  for (const pod of step.remove) {
    cluster.recorder.record({
      about: object,
      reason: 'SuccessfulDelete',
      message: `delete Pod ${pod.metadata.name} in StatefulSet ${name} successful`,
      component: 'statefulset-controller',
    });
    removePod(pod);
  }
  reportStatefulSet(cluster, key, update);
}

interface Step {
  readonly create: readonly { readonly ordinal: number; readonly revision: ControllerRevision }[];
  readonly remove: readonly Pod[];
}

const rest: Step = { create: [], remove: [] };

/** What is done next: one thing at a time, unless pods are managed in parallel. */
function nextStep(cluster: Cluster, set: StatefulSet, update: ControllerRevision): Step {
  const { owned, kinds } = cluster;
  const wanted = set.spec.replicas ?? 1;
  const isParallel = set.spec.podManagementPolicy === 'Parallel';
  const { type = 'RollingUpdate', rollingUpdate = {} } = set.spec.updateStrategy ?? {};
  const partition = type === 'RollingUpdate' ? (rollingUpdate.partition ?? 0) : 0;
  const current = revisionsOf(cluster, set).find(({ metadata }) => metadata.name === set.status?.currentRevision);
  const pods = new Map(owned.of<Pod>(set.metadata.uid, kinds.pod).map((pod) => [ordinalOf(pod), pod]));
  const ordinals = Array.from({ length: wanted }, (_, ordinal) => ordinal);

  const missing = ordinals.filter((ordinal) => !pods.has(ordinal));
  const sick = ordinals.find((ordinal) => !isHealthy(pods.get(ordinal)));
  const made = (list: readonly number[]): Step['create'] =>
    list.map((ordinal) => ({ ordinal, revision: ordinal < partition ? (current ?? update) : update }));
  if (!isParallel && sick !== undefined) {
    return { ...rest, create: made(missing.filter((ordinal) => ordinal === sick)) };
  }
  const surplus = [...pods.values()]
    .filter((pod) => ordinalOf(pod) >= wanted)
    .sort((a, b) => ordinalOf(b) - ordinalOf(a));
  if (missing.length > 0 || surplus.length > 0) {
    const going = surplus.filter((pod) => pod.metadata.deletionTimestamp === undefined);
    const isEnding = going.length < surplus.length;
    return { create: made(missing), remove: isParallel ? going : isEnding ? [] : going.slice(0, 1) };
  }
  if (type !== 'RollingUpdate') {
    return rest;
  }
  for (const ordinal of ordinals.filter((each) => each >= partition).reverse()) {
    const pod = pods.get(ordinal);
    if (pod !== undefined && revisionOf(pod) !== update.metadata.name && isActive(pod)) {
      return { ...rest, remove: [pod] };
    }
    if (!isHealthy(pod)) {
      return rest;
    }
  }
  return rest;
}

/** The counts and revisions in a StatefulSet's status. */
export function reportStatefulSet(cluster: Cluster, key: string, update: ControllerRevision): void {
  const { store, kinds, owned } = cluster;
  const [namespace, name = ''] = key.split('/');
  const object = store.get(kinds.statefulSet, namespace, name);
  const set = as<StatefulSet>(object);
  if (object === undefined || set === undefined) {
    return;
  }
  const pods = owned.of<Pod>(set.metadata.uid, kinds.pod).filter(isActive);
  const ready = pods.filter(isReady).length;
  const wanted = set.spec.replicas ?? 1;
  const of = (revision: string): number => pods.filter((pod) => revisionOf(pod) === revision).length;
  const updateRevision = update.metadata.name;
  const updated = of(updateRevision);
  const before = set.status?.currentRevision ?? updateRevision;
  const isComplete = updated === wanted && ready === wanted && pods.length === wanted;
  const currentRevision = isComplete ? updateRevision : before;
  const [isCurrent, isUpdated] = [of(currentRevision), updated];
  putStatus(cluster, kinds.statefulSet, object, {
    observedGeneration: set.metadata.generation ?? 1,
    replicas: pods.length,
    ...(ready === 0 ? {} : { readyReplicas: ready }),
    ...(isCurrent === 0 ? {} : { currentReplicas: isCurrent }),
    ...(isUpdated === 0 ? {} : { updatedReplicas: isUpdated }),
    currentRevision,
    updateRevision,
    collisionCount: 0,
    availableReplicas: ready,
  });
  forgetRevisions(cluster, set, new Set([currentRevision, updateRevision, ...pods.map(revisionOf)]));
}

export function addStatefulPod(
  cluster: Cluster,
  object: StoredObject,
  ordinal: number,
  revision: ControllerRevision,
  createdAt?: number,
): Pod | Refusal {
  const set = object as unknown as StatefulSet;
  const name = `${set.metadata.name}-${ordinal}`;
  const template = templateOf(revision);
  const pod = createPod(cluster, {
    owner: object,
    template,
    name,
    generateName: `${set.metadata.name}-`,
    labels: {
      ...template.metadata?.labels,
      'apps.kubernetes.io/pod-index': `${ordinal}`,
      [hashKey]: revision.metadata.name,
      'statefulset.kubernetes.io/pod-name': name,
    },
    spec: { hostname: name, subdomain: set.spec.serviceName ?? '' },
    ...(createdAt === undefined ? {} : { createdAt }),
  });
  if (pod instanceof Refusal) {
    cluster.recorder.record({
      about: object,
      type: 'Warning',
      reason: 'FailedCreate',
      message: `create Pod ${name} in StatefulSet ${set.metadata.name} failed error: ${pod.message}`,
      component: 'statefulset-controller',
    });
  } else if (createdAt === undefined) {
    cluster.recorder.record({
      about: object,
      reason: 'SuccessfulCreate',
      message: `create Pod ${name} in StatefulSet ${set.metadata.name} successful`,
      component: 'statefulset-controller',
    });
  }
  return pod;
}

function isHealthy(pod: Pod | undefined): boolean {
  return pod !== undefined && isReady(pod) && isActive(pod);
}

function revisionOf({ metadata }: Pod): string {
  return metadata.labels?.[hashKey] ?? '';
}

function ordinalOf({ metadata }: Pod): number {
  return Number(metadata.name.slice(metadata.name.lastIndexOf('-') + 1));
}
