import type { Clock } from '#text/clock.ts';
import { type Kind, qualified } from '../kinds/kind.ts';
import type { OwnerReference, Pod, Service } from '../shapes.ts';
import type { Change } from '../store/history.ts';
import type { Store } from '../store/store.ts';
import type { PodServer, StoredObject, Timers } from '../types.ts';
import { Autoscalers } from './autoscalers.ts';
import { reconcileBudget } from './budgets.ts';
import { type Cluster, workloadKinds } from './cluster.ts';
import { reconcileDeployment } from './deployments.ts';
import { reconcileEndpoints } from './endpoints.ts';
import { isHeld, isReleased, markDeleted } from './finalizers.ts';
import { Jobs } from './jobs.ts';
import { Kubelet } from './kubelet.ts';
import { furnishNamespace, inhabitants } from './namespaces.ts';
import { Nodes } from './nodes.ts';
import { controllerOf, OwnedObjects } from './owned.ts';
import type { Processes } from './processes.ts';
import { Queue } from './queue.ts';
import { reconcileQuota } from './quotas.ts';
import { Recorder } from './recorder.ts';
import { reconcileReplicaSet } from './replica-sets.ts';
import { Scheduler } from './scheduler.ts';
import { ServingPods } from './serving.ts';
import { reconcileStatefulSet } from './stateful-sets.ts';

/** What really runs or listens behind pods on this machine; left out: nothing does. */
interface BehindPods {
  readonly processes?: Processes | null;
  readonly server?: PodServer;
}

/** The controllers that matter, woken by changes of the store. Nothing polls. */
export class Controllers {
  readonly cluster: Cluster;
  readonly kubelet: Kubelet;
  readonly scheduler: Scheduler;
  readonly autoscalers: Autoscalers;
  readonly nodes: Nodes;
  readonly jobs: Jobs;
  readonly serving: ServingPods;
  readonly #authority: string;
  readonly #queues: Readonly<Record<string, Queue>>;
  readonly #waiting = new Map<string, () => void>();
  /** While a seed is laid out whole, nothing needs to be brought about. */
  #isIdle = true;

  constructor(store: Store, clock: Clock, timers: Timers, pace: number, authority: string, behind: BehindPods = {}) {
    const kinds = workloadKinds(store);
    const owned = new OwnedObjects(store);
    const recorder = new Recorder(store, kinds.event, clock);
    const span = (ms: number): number => Math.max(1, Math.round(ms / pace));
    const cluster: Cluster = { store, clock, timers, kinds, owned, recorder, span };
    this.cluster = cluster;
    this.#authority = authority;
    this.scheduler = new Scheduler(store, kinds);
    this.serving = new ServingPods(cluster, behind.server);
    this.kubelet = new Kubelet(cluster, this.scheduler, this.serving, behind.processes ?? null);
    const endPod = (pod: Pod): void => this.kubelet.end(pod);
    const later = (queue: string) => (key: string, afterMs: number) => this.#later(queue, key, afterMs);
    this.nodes = new Nodes(cluster, endPod);
    this.autoscalers = new Autoscalers(cluster, later('horizontalpodautoscalers.autoscaling'));
    this.jobs = new Jobs(cluster, endPod, later('jobs.batch'), (job) => void this.remove(job));
    this.#queues = {
      'deployments.apps': new Queue((key) => reconcileDeployment(cluster, later('deployments.apps'), key)),
      'replicasets.apps': new Queue((key) => reconcileReplicaSet(cluster, endPod, later('replicasets.apps'), key)),
      'statefulsets.apps': new Queue((key) => reconcileStatefulSet(cluster, endPod, later('statefulsets.apps'), key)),
      'horizontalpodautoscalers.autoscaling': new Queue((key) => this.autoscalers.reconcile(key)),
      'poddisruptionbudgets.policy': new Queue((key) => reconcileBudget(cluster, key)),
      resourcequotas: new Queue((key) => reconcileQuota(cluster, key)),
      'jobs.batch': new Queue((key) => this.jobs.reconcile(key)),
      services: new Queue((key) => reconcileEndpoints(cluster, key)),
    };
    store.onChange((change) => this.#hear(change));
  }

  /** From here on changes are acted upon. */
  begin(): void {
    this.#isIdle = false;
    this.nodes.renewLeases();
  }

  stop(): void {
    this.#isIdle = true;
    this.nodes.stop();
    for (const stop of this.#waiting.values()) {
      stop();
    }
    for (const { object } of this.cluster.store.entries(this.cluster.kinds.pod)) {
      this.kubelet.forget(object as unknown as Pod);
    }
  }

  /** Deletes an object as the cluster does: pods with their grace, a namespace with all that lives in it. */
  remove(object: StoredObject): StoredObject {
    const { store, kinds } = this.cluster;
    if (isHeld(object) && object.kind !== 'Pod') {
      return markDeleted(this.cluster, object);
    }
    if (object.kind === 'Pod') {
      this.kubelet.end(object as unknown as Pod);
      return store.get(kinds.pod, object.metadata.namespace, object.metadata.name) ?? object;
    }
    if (object.kind === 'Namespace') {
      for (const each of inhabitants(this.cluster, object.metadata.name)) {
        this.#drop(each);
      }
    }
    return this.#drop(object);
  }

  /** What it owns is nobody's from here on. */
  orphan({ metadata }: StoredObject): void {
    for (const { kind, object } of this.cluster.owned.entriesOf(metadata.uid)) {
      const owners = (object.metadata['ownerReferences'] ?? []) as readonly OwnerReference[];
      const others = owners.filter(({ uid }) => uid !== metadata.uid);
      const { ownerReferences: _, ...rest } = object.metadata as StoredObject['metadata'] & Record<string, unknown>;
      this.cluster.store.put(kind, {
        ...object,
        metadata: others.length === 0 ? rest : { ...rest, ownerReferences: others },
      });
    }
  }

  #drop(object: StoredObject): StoredObject {
    const { store } = this.cluster;
    const kind = store.kinds.of(object.apiVersion, object.kind);
    return kind === undefined
      ? object
      : (store.delete(kind, object.metadata.namespace, object.metadata.name) ?? object);
  }

  #hear({ type, entry }: Change): void {
    if (this.#isIdle) {
      return;
    }
    const { object, kind, key } = entry;
    const id = qualified(kind);
    this.#queues[id]?.add(key);
    const owner = controllerOf(object);
    if (owner !== undefined && (kind.plural === 'pods' || kind.plural === 'replicasets')) {
      const group = owner.kind === 'Job' ? 'batch' : 'apps';
      this.#queues[`${owner.kind.toLowerCase()}s.${group}`]?.add(`${object.metadata.namespace ?? ''}/${owner.name}`);
    }
    this.#wakeCounting(kind, object);
    switch (id) {
      case 'pods':
        this.#hearPod(type, object as unknown as Pod);
        break;
      case 'deployments.apps':
        this.#wakeAutoscalers(object);
        break;
      case 'jobs.batch':
        if (type === 'DELETED') {
          this.jobs.forget(object);
        }
        break;
      case 'namespaces':
        if (type === 'ADDED') {
          furnishNamespace(this.cluster, object.metadata.name, this.#authority);
        }
        break;
    }
    if (type === 'MODIFIED' && isReleased(object)) {
      queueMicrotask(() => this.#drop(object));
    }
    if (type === 'DELETED') {
      this.#collectGarbage(object);
    }
  }

  #hearPod(type: Change['type'], pod: Pod): void {
    const { store, kinds } = this.cluster;
    if (type === 'ADDED') {
      this.kubelet.begin(pod);
    } else if (type === 'DELETED') {
      this.kubelet.forget(pod);
    }
    for (const { key, object } of store.entries(kinds.service, pod.metadata.namespace)) {
      const selector = Object.entries((object as unknown as Service).spec.selector ?? {});
      if (selector.length > 0 && selector.every(([label, value]) => pod.metadata.labels?.[label] === value)) {
        this.#queues['services']?.add(key);
      }
    }
  }

  /** Budgets count pods, quotas count everything; a workload that a quota held back tries again when the quota moves. */
  #wakeCounting(kind: Kind, { metadata }: StoredObject): void {
    const { store, kinds } = this.cluster;
    const { namespace } = metadata;
    const wake = (each: Kind): void => {
      for (const { key } of namespace === undefined ? [] : store.entries(each, namespace)) {
        this.#queues[qualified(each)]?.add(key);
      }
    };
    if (kind.plural !== 'events' && kind !== kinds.quota) {
      wake(kinds.quota);
    }
    if ([kinds.pod, kinds.deployment, kinds.statefulSet, kinds.replicaSet].includes(kind)) {
      wake(kinds.budget);
    }
    if (kind === kinds.quota) {
      wake(kinds.replicaSet);
      wake(kinds.statefulSet);
    }
  }

  #wakeAutoscalers({ metadata }: StoredObject): void {
    const { store, kinds } = this.cluster;
    for (const { key } of store.entries(kinds.autoscaler, metadata.namespace)) {
      this.#queues['horizontalpodautoscalers.autoscaling']?.add(key);
    }
  }

  /** What is owned goes with its owner. */
  #collectGarbage({ metadata }: StoredObject): void {
    for (const { object } of this.cluster.owned.entriesOf(metadata.uid)) {
      this.remove(object);
    }
  }

  /** One appointment a key: a later one replaces it. */
  #later(queue: string, key: string, afterMs: number): void {
    if (afterMs === 0) {
      this.#queues[queue]?.add(key);
      return;
    }
    const id = `${queue} ${key}`;
    this.#waiting.get(id)?.();
    const stop = this.cluster.timers.after(afterMs, () => {
      this.#waiting.delete(id);
      this.#queues[queue]?.add(key);
    });
    this.#waiting.set(id, stop);
  }
}
