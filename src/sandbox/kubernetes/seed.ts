import { instant } from '#text/clock.ts';
import { Refusal } from './api/status.ts';
import { reconcileBudget } from './controllers/budgets.ts';
import type { Cluster } from './controllers/cluster.ts';
import type { Controllers } from './controllers/controllers.ts';
import { createReplicaSet, report, revisionOf, withRevision } from './controllers/deployments.ts';
import { reconcileEndpoints } from './controllers/endpoints.ts';
import { furnishNamespace } from './controllers/namespaces.ts';
import { nodeStatus, plainNode } from './controllers/plain-node.ts';
import { statusOnNode } from './controllers/pod-status.ts';
import { reconcileQuota } from './controllers/quotas.ts';
import { addPod, reportReplicaSet } from './controllers/replica-sets.ts';
import { updateRevisionOf } from './controllers/revisions.ts';
import { hostAddress } from './controllers/scheduler.ts';
import { addStatefulPod, reportStatefulSet } from './controllers/stateful-sets.ts';
import type { Kind } from './kinds/kind.ts';
import { qualified } from './kinds/kind.ts';
import type { Deployment, Pod, ReplicaSet } from './shapes.ts';
import type { SeedObject, StoredObject } from './types.ts';

const podsPerNode = 100;

/** Stores a first object, with what the API server fills in. */
export type Put = (kind: Kind, object: SeedObject) => StoredObject;

/**
 * Lays out a cluster that has been running for a while: every workload has its ReplicaSet and its pods, running and ready,
 * as old as the workload is. Nothing has to start, so ten thousand pods are there at once.
 */
export function plant(controllers: Controllers, put: Put, seed: readonly SeedObject[], authority: string): void {
  const { cluster } = controllers;
  const { store, kinds } = cluster;
  const kindOf = (object: SeedObject): Kind => {
    const kind = store.kinds.of(object.apiVersion, object.kind);
    if (kind === undefined) {
      throw new Error(`the sandbox serves no ${object.apiVersion} ${object.kind}`);
    }
    return kind;
  };
  const first = (wanted: string): readonly SeedObject[] => seed.filter(({ kind }) => kind === wanted);
  for (const definition of first('CustomResourceDefinition')) {
    put(kindOf(definition), definition);
  }
  const mentioned = new Set(
    seed.flatMap(({ metadata }) => (metadata.namespace === undefined ? [] : [metadata.namespace])),
  );
  for (const { metadata } of first('Namespace')) {
    mentioned.delete(metadata.name);
  }
  const base = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];
  const born = oldestOf(seed) ?? instant(cluster.clock.now());
  const made = [...new Set([...base, ...mentioned])].map((name) => plainNamespace(name, born));
  const namespaces = [...first('Namespace'), ...made];
  for (const object of namespaces) {
    put(kinds.namespace, object);
    furnishNamespace(cluster, object.metadata.name, authority);
  }
  plantNodes(cluster, first('Node'), podCount(seed), born);

  for (const object of seed) {
    if (object.kind === 'CustomResourceDefinition' || object.kind === 'Namespace' || object.kind === 'Node') {
      continue;
    }
    const kind = kindOf(object);
    const stored = put(kind, object);
    switch (qualified(kind)) {
      case 'deployments.apps':
        plantDeployment(controllers, stored);
        break;
      case 'statefulsets.apps':
        plantStatefulSet(controllers, stored);
        break;
    }
  }
  for (const { key } of store.entries(kinds.service)) {
    reconcileEndpoints(cluster, key);
  }
  for (const { key } of store.entries(kinds.budget)) {
    reconcileBudget(cluster, key);
  }
  for (const { key } of store.entries(kinds.quota)) {
    reconcileQuota(cluster, key);
  }
  for (const { key } of store.entries(kinds.autoscaler)) {
    controllers.autoscalers.reconcile(key);
  }
}

/** The cluster is as old as the oldest thing in it. */
function oldestOf(seed: readonly SeedObject[]): string | undefined {
  return seed.flatMap(({ metadata }) => metadata.creationTimestamp ?? []).sort()[0];
}

function plainNamespace(name: string, creationTimestamp: string): SeedObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, creationTimestamp } };
}

function podCount(seed: readonly SeedObject[]): number {
  return seed.reduce((sum, { kind, spec }) => {
    const isWorkload = kind === 'Deployment' || kind === 'StatefulSet';
    return sum + (isWorkload ? ((spec as Deployment['spec']).replicas ?? 1) : kind === 'Pod' ? 1 : 0);
  }, 0);
}

function plantNodes({ store, kinds }: Cluster, given: readonly SeedObject[], pods: number, born: string): void {
  const count = Math.max(3, Math.ceil(pods / podsPerNode));
  const nodes = given.length > 0 ? given : Array.from({ length: count }, (_, index) => plainNode(index + 1));
  for (const [index, node] of nodes.entries()) {
    const since = node.metadata.creationTimestamp ?? born;
    const status = { ...nodeStatus(node.metadata.name, index, since), ...(node.status as object | undefined) };
    const metadata = { ...node.metadata, creationTimestamp: since };
    store.put(kinds.node, { ...node, metadata, spec: node.spec ?? {}, status });
  }
}

function plantDeployment(controllers: Controllers, object: StoredObject): void {
  const { cluster } = controllers;
  const { store, kinds } = cluster;
  const { spec, metadata } = object as unknown as Deployment;
  const replicas = spec.replicas ?? 1;
  const createdAt = Date.parse(metadata.creationTimestamp);
  const set = createReplicaSet(cluster, object, { createdAt, replicas });
  for (let count = 0; count < replicas; count += 1) {
    settle(controllers, addPod(cluster, set, set as unknown as ReplicaSet, createdAt));
  }
  const key = (name: string): string => `${metadata.namespace ?? ''}/${name}`;
  reportReplicaSet(cluster, key(set.metadata.name));
  withRevision(
    cluster,
    store.get(kinds.deployment, metadata.namespace, metadata.name) ?? object,
    revisionOf(set as unknown as ReplicaSet),
  );
  report(cluster, () => {}, key(metadata.name));
}

function plantStatefulSet(controllers: Controllers, object: StoredObject): void {
  const { cluster } = controllers;
  const { metadata, spec } = object as unknown as Deployment;
  const createdAt = Date.parse(metadata.creationTimestamp);
  const revision = updateRevisionOf(cluster, object, createdAt);
  for (let ordinal = 0; ordinal < (spec.replicas ?? 1); ordinal += 1) {
    settle(controllers, addStatefulPod(cluster, object, ordinal, revision, createdAt));
  }
  reportStatefulSet(cluster, `${metadata.namespace ?? ''}/${metadata.name}`, revision);
}

/** A pod that has been running since shortly after it was made. */
function settle({ cluster, scheduler }: Controllers, pod: Pod | Refusal): void {
  if (pod instanceof Refusal) {
    throw pod;
  }
  const { store, kinds, clock } = cluster;
  const node = scheduler.pick();
  const startedAt = Math.min(clock.now(), Date.parse(pod.metadata.creationTimestamp) + 3000);
  const placement = { ip: scheduler.nextAddress(), hostIp: hostAddress(node), startedAt };
  const view = { state: { running: { startedAt: instant(startedAt) } }, ready: true, restarts: 0 };
  const placed = { ...pod, spec: { ...pod.spec, ...(node === undefined ? {} : { nodeName: node.metadata.name }) } };
  store.put(kinds.pod, {
    ...(placed as unknown as StoredObject),
    status: statusOnNode(placed, placement, view, Math.min(clock.now(), startedAt + 4000)),
  });
}
