import { instant } from '#text/clock.ts';
import type { Condition, Node, Pod } from '../shapes.ts';
import type { NodeCondition, StoredObject } from '../types.ts';
import { as, type Cluster } from './cluster.ts';
import { eventReasonOf, healthy, isReadyNode, taintsOf, toldOf } from './node-conditions.ts';
import { isReady } from './pods.ts';

/** As the node controller's default: pods of a node that is gone are given up after five minutes. */
const evictAfterMs = 300_000;
const renewEveryMs = 10_000;

/** Conditions of nodes, and what follows from them. */
export class Nodes {
  readonly #cluster: Cluster;
  readonly #removePod: (pod: Pod) => void;
  #stopRenewing: () => void = () => {};

  constructor(cluster: Cluster, removePod: (pod: Pod) => void) {
    this.#cluster = cluster;
    this.#removePod = removePod;
  }

  /** Leases are how a kubelet says that it is alive; `kubectl describe node` shows them. */
  renewLeases(): void {
    const { store, kinds, clock, timers } = this.#cluster;
    const renewTime = new Date(clock.now()).toISOString().replace('Z', '000Z');
    for (const { object } of store.entries(kinds.node)) {
      const { name, uid } = object.metadata;
      if (isReadyNode(object as unknown as Node)) {
        store.put(kinds.lease, {
          apiVersion: 'coordination.k8s.io/v1',
          kind: 'Lease',
          metadata: {
            name,
            namespace: 'kube-node-lease',
            ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid }],
          },
          spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime },
        });
      }
    }
    this.#stopRenewing = timers.after(renewEveryMs, () => this.renewLeases());
  }

  stop(): void {
    this.#stopRenewing();
  }

  set(name: string, wanted: NodeCondition): void {
    const { store, kinds, clock } = this.#cluster;
    const object = store.get(kinds.node, undefined, name);
    const node = as<Node>(object);
    if (object === undefined || node === undefined) {
      return;
    }
    const at = instant(clock.now());
    const known = node.status?.conditions?.find(({ type }) => type === wanted.type);
    const told = toldOf(wanted);
    const condition: Condition = {
      type: wanted.type,
      status: wanted.status,
      lastHeartbeatTime: at,
      lastTransitionTime: known?.status === wanted.status ? (known.lastTransitionTime ?? at) : at,
      ...told,
    };
    const conditions = [...(node.status?.conditions ?? []).filter(({ type }) => type !== wanted.type), condition];
    const order = [...Object.keys(healthy).slice(0, 3), wanted.type, 'Ready'];
    conditions.sort((a, b) => order.indexOf(a.type) - order.indexOf(b.type));
    const changed = store.put(kinds.node, {
      ...object,
      spec: { ...node.spec, taints: taintsOf(node, conditions, at) },
      status: { ...node.status, conditions },
    });
    if (known?.status !== wanted.status) {
      this.#tell(changed, wanted);
      this.#passOnToPods(name, isReadyNode(changed as unknown as Node));
    }
  }

  #tell(node: StoredObject, { type, status }: NodeCondition): void {
    const reason = eventReasonOf({ type, status });
    this.#cluster.recorder.record({
      about: node,
      reason,
      message: `Node ${node.metadata.name} status is now: ${reason}`,
      component: reason === 'NodeNotReady' ? 'node-controller' : 'kubelet',
      ...(reason === 'NodeNotReady' ? {} : { host: node.metadata.name }),
    });
  }

  /** A node that is not ready makes its pods not ready, and after a while they are ended. */
  #passOnToPods(name: string, isNodeReady: boolean): void {
    const { store, kinds, clock, timers, span, recorder } = this.#cluster;
    const at = instant(clock.now());
    const pods = store.entries(kinds.pod).filter(({ object }) => (object as unknown as Pod).spec.nodeName === name);
    for (const { object } of pods) {
      const pod = object as unknown as Pod;
      const containers = pod.status?.containerStatuses ?? [];
      const wanted = isNodeReady && containers.every(({ ready }) => ready) ? 'True' : 'False';
      if (pod.status !== undefined && isReady(pod) !== (wanted === 'True')) {
        const conditions = pod.status.conditions?.map((condition) =>
          condition.type === 'Ready' ? { ...condition, status: wanted, lastTransitionTime: at } : condition,
        );
        store.put(kinds.pod, {
          ...object,
          status: { ...pod.status, ...(conditions === undefined ? {} : { conditions }) },
        });
        if (wanted === 'False') {
          recorder.record({
            about: object,
            type: 'Warning',
            reason: 'NodeNotReady',
            message: 'Node is not ready',
            component: 'node-controller',
          });
        }
      }
    }
    if (!isNodeReady) {
      timers.after(span(evictAfterMs), () => this.#evict(name));
    }
  }

  #evict(name: string): void {
    const { store, kinds } = this.#cluster;
    const node = as<Node>(store.get(kinds.node, undefined, name));
    if (node === undefined || isReadyNode(node)) {
      return;
    }
    for (const { object } of store.entries(kinds.pod)) {
      const pod = object as unknown as Pod;
      if (pod.spec.nodeName === name) {
        this.#removePod(pod);
      }
    }
  }
}
