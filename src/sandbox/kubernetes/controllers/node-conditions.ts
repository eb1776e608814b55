import type { Condition, Node, Taint } from '../shapes.ts';
import type { NodeCondition } from '../types.ts';

/** What a healthy node says of itself, in the kubelet's words. */
export const healthy: Readonly<
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

/** The reason of the Event that tells of a condition's change. */
export function eventReasonOf({ type, status }: Pick<NodeCondition, 'type' | 'status'>): string {
  if (type === 'Ready') {
    return status === 'True' ? 'NodeReady' : 'NodeNotReady';
  }
  return `NodeHas${(status === 'True' ? insufficient[type] : sufficient[type]) ?? type}`;
}

/** Reason and message, where nobody gave other ones. */
export function toldOf({ type, status, reason, message }: NodeCondition): { reason: string; message: string } {
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

/** The taints that a node's conditions cause, beside those that it has of its own. */
export function taintsOf(node: Node, conditions: readonly Condition[], at: string): readonly Taint[] {
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

export function isReadyNode({ status }: Node): boolean {
  return status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false;
}
