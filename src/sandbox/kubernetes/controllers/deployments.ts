import { isDeepStrictEqual } from 'node:util';
import { instant } from '#text/clock.ts';
import type { Deployment, Pod, PodTemplate, ReplicaSet } from '../shapes.ts';
import type { StoredObject } from '../types.ts';
import { as, type Cluster, putStatus } from './cluster.ts';
import { deploymentStatus } from './deployment-status.ts';
import { fnv, safeText } from './hash.ts';
import { ownedBy } from './owned.ts';
import { nextReplicas, surgeOf } from './rollout.ts';

const revisionKey = 'deployment.kubernetes.io/revision';
const historyKey = 'deployment.kubernetes.io/revision-history';
const hashKey = 'pod-template-hash';

/** Asks to be called for a key again, after a while. */
export type Again = (key: string, afterMs: number) => void;

/** Rolls a Deployment out: a ReplicaSet for its template, old ones down as new pods become available. */
export function reconcileDeployment(cluster: Cluster, again: Again, key: string): void {
  const { store, kinds, owned } = cluster;
  const [namespace, name = ''] = key.split('/');
  const object = store.get(kinds.deployment, namespace, name);
  const deployment = as<Deployment>(object);
  if (object === undefined || deployment === undefined) {
    return;
  }
  const sets = owned.of<ReplicaSet>(deployment.metadata.uid, kinds.replicaSet);
  const current = sets.find((set) => isTemplateOf(set, deployment.spec.template));
  if (current === undefined) {
    if (deployment.spec.paused !== true) {
      createReplicaSet(cluster, object);
      again(key, 0);
    }
    return;
  }
  const old = sets.filter((set) => set !== current);
  const isNewest = revisionOf(current) >= Math.max(0, ...old.map(revisionOf));
  const revision = isNewest ? revisionOf(current) : Math.max(...old.map(revisionOf)) + 1;
  const stamped = withRevision(cluster, object, revision);
  if (deployment.spec.paused !== true) {
    resize(cluster, stamped, current, old, revision);
  }
  forgetOldRevisions(cluster, deployment, old);
  report(cluster, again, key);
}

/** Writes a Deployment's status, and comes back when its deadline for progress would be over. */
export function report(cluster: Cluster, again: Again, key: string): void {
  const { store, kinds, owned, clock, span } = cluster;
  const [namespace, name = ''] = key.split('/');
  const object = store.get(kinds.deployment, namespace, name);
  const deployment = as<Deployment>(object);
  if (object === undefined || deployment === undefined) {
    return;
  }
  const sets = owned.of<ReplicaSet>(deployment.metadata.uid, kinds.replicaSet);
  const current = sets.find((set) => isTemplateOf(set, deployment.spec.template));
  const { status, checkInMs } = deploymentStatus(deployment, current, sets, clock.now(), span);
  putStatus(cluster, kinds.deployment, object, status);
  if (checkInMs !== undefined) {
    again(key, checkInMs);
  }
}

function resize(
  cluster: Cluster,
  object: StoredObject,
  current: ReplicaSet,
  old: readonly ReplicaSet[],
  revision: number,
): void {
  const { owned, kinds } = cluster;
  const { spec } = object as unknown as Deployment;
  const counts = (set: ReplicaSet): { wanted: number; available: number } => ({
    wanted: set.spec.replicas ?? 0,
    available: set.status?.availableReplicas ?? 0,
  });
  const active = old.filter((set) => (set.spec.replicas ?? 0) > 0);
  const oldPods = old.reduce((sum, set) => sum + owned.of<Pod>(set.metadata.uid, kinds.pod).length, 0);
  const next = nextReplicas(spec, counts(current), active.map(counts), oldPods);
  setReplicas(cluster, object, current, next.current, `${revision}`);
  for (const [index, set] of active.entries()) {
    setReplicas(cluster, object, set, next.old[index] ?? 0);
  }
}

function setReplicas(
  cluster: Cluster,
  deployment: StoredObject,
  set: ReplicaSet,
  replicas: number,
  revision?: string,
): void {
  const { store, kinds, recorder } = cluster;
  const before = set.spec.replicas ?? 0;
  // Only the newest one takes the Deployment's annotations over; an old one keeps why it was made.
  const annotations =
    revision === undefined
      ? { ...set.metadata.annotations, ...sizesOf(deployment) }
      : { ...annotationsOf(deployment, revision), ...historyOf(set, revision) };
  store.put(kinds.replicaSet, {
    ...(set as unknown as StoredObject),
    metadata: { ...set.metadata, annotations },
    spec: before === replicas ? set.spec : { ...set.spec, replicas },
  });
  if (before !== replicas) {
    recorder.record({
      about: deployment,
      reason: 'ScalingReplicaSet',
      message: `Scaled ${replicas > before ? 'up' : 'down'} replica set ${set.metadata.name} from ${before} to ${replicas}`,
      component: 'deployment-controller',
    });
  }
}

/** The ReplicaSet of a Deployment's template; it begins with no pods, `resize` gives it some. Seeds give a time and a size. */
export function createReplicaSet(
  { store, kinds, owned }: Cluster,
  object: StoredObject,
  seeded?: { readonly createdAt: number; readonly replicas: number },
): StoredObject {
  const { spec, metadata } = object as unknown as Deployment;
  const sets = owned.of<ReplicaSet>(metadata.uid, kinds.replicaSet);
  const hash = safeText(fnv(JSON.stringify(spec.template)));
  const revision =
    Math.max(0, Number(metadata.annotations?.[revisionKey] ?? 0), ...sets.map(revisionOf)) +
    (seeded === undefined ? 1 : 0);
  const labels = { ...spec.template.metadata?.labels, [hashKey]: hash };
  return store.put(kinds.replicaSet, {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${metadata.name}-${hash}`,
      namespace: metadata.namespace ?? 'default',
      ...(seeded === undefined ? {} : { creationTimestamp: instant(seeded.createdAt) }),
      labels,
      annotations: annotationsOf(object, `${Math.max(1, revision)}`),
      ownerReferences: ownedBy(object),
    },
    spec: {
      replicas: seeded?.replicas ?? 0,
      selector: { ...spec.selector, matchLabels: { ...spec.selector.matchLabels, [hashKey]: hash } },
      template: { ...spec.template, metadata: { ...spec.template.metadata, labels } },
    },
    status: { replicas: 0 },
  });
}

export function withRevision({ store, kinds }: Cluster, object: StoredObject, revision: number): StoredObject {
  return store.put(kinds.deployment, {
    ...object,
    metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, [revisionKey]: `${revision}` } },
  });
}

export function revisionOf({ metadata }: Pick<ReplicaSet, 'metadata'>): number {
  return Number(metadata.annotations?.[revisionKey] ?? 0);
}

/** What a ReplicaSet never takes over from its Deployment, as the real controller has it. */
const ownAnnotations = new Set(['kubectl.kubernetes.io/last-applied-configuration', historyKey, revisionKey]);

/** The Deployment's annotations come along: `kubernetes.io/change-cause` is what `kubectl rollout history` prints. */
function annotationsOf(deployment: StoredObject, revision: string): Record<string, string> {
  const copied = Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !ownAnnotations.has(key));
  return { ...Object.fromEntries(copied), ...sizesOf(deployment), [revisionKey]: revision };
}

/** A ReplicaSet that is gone back to remembers under which revisions it was current before. */
function historyOf({ metadata }: ReplicaSet, revision: string): Record<string, string> {
  const { [revisionKey]: last, [historyKey]: known } = metadata.annotations ?? {};
  const isBack = last !== undefined && Number(last) < Number(revision);
  const past = [...(known === undefined ? [] : [known]), ...(isBack ? [last] : [])];
  return past.length === 0 ? {} : { [historyKey]: past.join(',') };
}

function sizesOf(deployment: StoredObject): Record<string, string> {
  const { spec } = deployment as unknown as Deployment;
  const replicas = spec.replicas ?? 1;
  return {
    'deployment.kubernetes.io/desired-replicas': `${replicas}`,
    'deployment.kubernetes.io/max-replicas': `${replicas + surgeOf(spec)}`,
  };
}

function isTemplateOf(set: ReplicaSet, template: PodTemplate): boolean {
  const { [hashKey]: _, ...labels } = set.spec.template.metadata?.labels ?? {};
  return (
    isDeepStrictEqual(labels, template.metadata?.labels ?? {}) &&
    isDeepStrictEqual(set.spec.template.metadata?.annotations, template.metadata?.annotations) &&
    isDeepStrictEqual(set.spec.template.spec, template.spec)
  );
}

function forgetOldRevisions({ store, kinds }: Cluster, { spec }: Deployment, old: readonly ReplicaSet[]): void {
  const empty = old
    .filter((set) => (set.spec.replicas ?? 0) === 0 && (set.status?.replicas ?? 0) === 0)
    .sort((a, b) => revisionOf(b) - revisionOf(a));
  for (const { metadata } of empty.slice(spec.revisionHistoryLimit ?? 10)) {
    store.delete(kinds.replicaSet, metadata.namespace, metadata.name);
  }
}
