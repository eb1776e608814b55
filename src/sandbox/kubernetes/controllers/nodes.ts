import { instant } from '#text/clock.ts';
import type { Condition, Node, Pod, Taint } from '../shapes.ts';
import type { NodeCondition, SeedObject, StoredObject } from '../types.ts';
import { as, type Cluster } from './cluster.ts';
import { isReady } from './pods.ts';

/** As the node controller's default: pods of a node that is gone are given up after five minutes. */
const evictAfterMs = 300_000;
const renewEveryMs = 10_000;

const healthy: Readonly<
  Record<string, { readonly status: string; readonly reason: string; readonly message: string }>
> = {
  MemoryPressure: {
    status: 'False',
    reason: 'KubeletHasSufficientMemory',
    message: 'kubelet has sufficient memory available',
  },
  DiskPressure: { status: 'False', reason: 'KubeletHasNoDiskPressure', message: 'kubelet has no disk pressure' },
  PIDPressure: { status: 'False', reason: 'KubeletHasSufficientPID', message: 'kubelet has sufficient PID available' },
  Ready: { status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' },
};

/** A node as a seed: what is missing is filled in by `nodeStatus`. */
export function plainNode(number: number): SeedObject {
  const name = `node-${number}`;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'beta.kubernetes.io/arch': 'amd64',
        'beta.kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'node-role.kubernetes.io/worker': '',
        'topology.kubernetes.io/zone': `zone-${'abc'[(number - 1) % 3]}`,
      },
    },
    spec: { podCIDR: `10.244.${number % 256}.0/24` },
  };
}

/** A healthy node's status, for seeds that give none. */
export function nodeStatus(name: string, index: number, since: string): Node['status'] {
  const resources = { cpu: '16', 'ephemeral-storage': '203056560Ki', memory: '65857956Ki', pods: '110' };
  return {
    capacity: resources,
    allocatable: { ...resources, cpu: '15800m', memory: '64833956Ki' },
    conditions: Object.entries(healthy).map(([type, told]) => ({
      type,
      status: told.status,
      lastHeartbeatTime: since,
      lastTransitionTime: since,
      reason: told.reason,
      message: told.message,
    })),
    addresses: [
      { type: 'InternalIP', address: `10.0.${index >>> 8}.${(index & 0xff) + 10}` },
      { type: 'Hostname', address: name },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    nodeInfo: {
      machineID: '',
      systemUUID: '',
      bootID: '',
      kernelVersion: '6.12.48+deb13-amd64',
      osImage: 'Debian GNU/Linux 13 (trixie)',
      containerRuntimeVersion: 'containerd://2.1.4',
      kubeletVersion: 'v1.36.2',
      kubeProxyVersion: '',
      operatingSystem: 'linux',
      architecture: 'amd64',
    },
  };
}

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
    const reason =
      type === 'Ready'
        ? status === 'True'
          ? 'NodeReady'
          : 'NodeNotReady'
        : `NodeHas${status === 'True' ? insufficient[type] : sufficient[type]}`;
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

const insufficient: Readonly<Record<string, string>> = {
  MemoryPressure: 'InsufficientMemory',
  DiskPressure: 'DiskPressure',
  PIDPressure: 'InsufficientPID',
};
const sufficient: Readonly<Record<string, string>> = {
  MemoryPressure: 'SufficientMemory',
  DiskPressure: 'NoDiskPressure',
  PIDPressure: 'SufficientPID',
};

function toldOf({ type, status, reason, message }: NodeCondition): { reason: string; message: string } {
  const good = healthy[type];
  if (good?.status === status) {
    return { reason: reason ?? good.reason, message: message ?? good.message };
  }
  if (type === 'Ready') {
    const isUnknown = status === 'Unknown';
    return {
      reason: reason ?? (isUnknown ? 'NodeStatusUnknown' : 'KubeletNotReady'),
      message: message ?? (isUnknown ? 'Kubelet stopped posting node status.' : 'container runtime is down'),
    };
  }
  const words: Readonly<Record<string, string>> = {
    MemoryPressure: 'kubelet has insufficient memory available',
    DiskPressure: 'kubelet has disk pressure',
    PIDPressure: 'kubelet has insufficient PID available',
  };
  return { reason: reason ?? `KubeletHas${insufficient[type] ?? type}`, message: message ?? words[type] ?? '' };
}

function taintsOf(node: Node, conditions: readonly Condition[], at: string): readonly Taint[] {
  const keys: Readonly<Record<string, string>> = {
    MemoryPressure: 'node.kubernetes.io/memory-pressure',
    DiskPressure: 'node.kubernetes.io/disk-pressure',
    PIDPressure: 'node.kubernetes.io/pid-pressure',
  };
  const own = (node.spec.taints ?? []).filter(
    ({ key }) => !Object.values(keys).includes(key) && !/\/(not-ready|unreachable)$/.test(key),
  );
  const caused = conditions.flatMap(({ type, status }): readonly Taint[] => {
    if (type === 'Ready' && status !== 'True') {
      const key = `node.kubernetes.io/${status === 'Unknown' ? 'unreachable' : 'not-ready'}`;
      return [
        { key, effect: 'NoSchedule', timeAdded: at },
        { key, effect: 'NoExecute', timeAdded: at },
      ];
    }
    const key = keys[type];
    return key !== undefined && status === 'True' ? [{ key, effect: 'NoSchedule', timeAdded: at }] : [];
  });
  return [...own, ...caused];
}

function isReadyNode({ status }: Node): boolean {
  return status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false;
}
