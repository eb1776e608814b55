import type { ContainerStatus, Pod } from '../shapes.ts';
import type { Table } from './table.ts';
import { humanDuration, or, since } from './values.ts';

export const podTables: Readonly<Record<string, Table>> = {
  pods: {
    columns: [
      'Name:string/name',
      'Ready:string',
      'Status:string',
      'Restarts:string',
      'Age:string',
      'IP:string(1)',
      'Node:string(1)',
      'Nominated Node:string(1)',
      'Readiness Gates:string(1)',
    ],
    cells: (object, now) => {
      const pod = object as unknown as Pod;
      const { status, ready, restarts, lastRestart } = summaryOf(pod);
      return [
        pod.metadata.name,
        `${ready}/${sizeOf(pod)}`,
        status,
        restarts > 0 && lastRestart > 0 ? `${restarts} (${humanDuration(now - lastRestart)} ago)` : `${restarts}`,
        since(pod.metadata.creationTimestamp, now),
        or(pod.status?.podIP, '<none>'),
        or(pod.spec.nodeName, '<none>'),
        or(pod.status?.nominatedNodeName, '<none>'),
        gates(pod),
      ];
    },
  },
};

interface Summary {
  readonly status: string;
  readonly ready: number;
  readonly restarts: number;
  /** Epoch milliseconds; 0 for never. */
  readonly lastRestart: number;
}

/** The STATUS column, by the rules of the server's printPod. */
function summaryOf(pod: Pod): Summary {
  const phase = pod.status?.phase ?? 'Unknown';
  const conditions = pod.status?.conditions ?? [];
  const isGated = conditions.some(({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated');
  const isInitialized = conditions.some(({ type, status }) => type === 'Initialized' && status === 'True');
  const before = isGated ? 'SchedulingGated' : or(pod.status?.reason, phase);

  const sidecars = pod.status?.initContainerStatuses?.filter((status) => isSidecar(pod, status)) ?? [];
  const init = waitingInit(pod);
  const summary =
    init === undefined || isInitialized
      ? containersSummaryOf(pod, init ?? before, sidecars)
      : { status: init, ready: 0, ...restartsOf(pod.status?.initContainerStatuses ?? []) };
  return {
    ...summary,
    ready: summary.ready + sidecars.filter(({ ready, started }) => ready && started).length,
    status: deletedStatus(pod, phase) ?? summary.status,
  };
}

/** A sidecar is an init container that goes on; it counts among the containers. */
function isSidecar({ spec }: Pod, { name }: ContainerStatus): boolean {
  return spec.initContainers?.some((each) => each.name === name && each.restartPolicy === 'Always') ?? false;
}

function sizeOf({ spec }: Pod): number {
  return (
    spec.containers.length +
    (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always').length
  );
}

function deletedStatus(pod: Pod, phase: string): string | undefined {
  if (pod.metadata.deletionTimestamp === undefined) {
    return undefined;
  }
  if (pod.status?.reason === 'NodeLost') {
    return 'Unknown';
  }
  return phase === 'Failed' || phase === 'Succeeded' ? undefined : 'Terminating';
}

/** What the first init container that is not done waits for. */
function waitingInit(pod: Pod): string | undefined {
  const statuses = pod.status?.initContainerStatuses ?? [];
  const at = statuses.findIndex(
    (status) => status.state.terminated?.exitCode !== 0 && !(isSidecar(pod, status) && status.started),
  );
  const container = statuses[at];
  if (container === undefined) {
    return undefined;
  }
  const { terminated, waiting } = container.state;
  if (terminated !== undefined) {
    return `Init:${terminationText(terminated)}`;
  }
  return waiting?.reason !== undefined && waiting.reason !== 'PodInitializing'
    ? `Init:${waiting.reason}`
    : `Init:${at}/${pod.spec.initContainers?.length ?? 0}`;
}

function containersSummaryOf(pod: Pod, before: string, sidecars: readonly ContainerStatus[]): Summary {
  const statuses = pod.status?.containerStatuses ?? [];
  let status = before;
  let isRunning = false;
  for (const { state, ready } of statuses.toReversed()) {
    if (state.waiting?.reason !== undefined && state.waiting.reason !== '') {
      status = state.waiting.reason;
    } else if (state.terminated !== undefined) {
      status = terminationText(state.terminated);
    } else if (ready && state.running !== undefined) {
      isRunning = true;
    }
  }
  if (status === 'Completed' && isRunning) {
    const isReady = (pod.status?.conditions ?? []).some((each) => each.type === 'Ready' && each.status === 'True');
    status = isReady ? 'Running' : 'NotReady';
  }
  const ready = statuses.filter((each) => each.ready && each.state.running !== undefined).length;
  return { status, ready, ...restartsOf([...sidecars, ...statuses]) };
}

function restartsOf(statuses: readonly ContainerStatus[]): Pick<Summary, 'restarts' | 'lastRestart'> {
  return {
    restarts: statuses.reduce((sum, { restartCount }) => sum + restartCount, 0),
    lastRestart: Math.max(0, ...statuses.map(lastRestartOf)),
  };
}

function terminationText({ reason, signal, exitCode }: { reason?: string; signal?: number; exitCode: number }): string {
  if (reason !== undefined && reason !== '') {
    return reason;
  }
  return signal === undefined || signal === 0 ? `ExitCode:${exitCode}` : `Signal:${signal}`;
}

function lastRestartOf({ lastState }: ContainerStatus): number {
  const finishedAt = lastState?.terminated?.finishedAt;
  return finishedAt === undefined ? 0 : Date.parse(finishedAt);
}

function gates(pod: Pod): string {
  const wanted = pod.spec.readinessGates ?? [];
  const held = wanted.filter(({ conditionType }) =>
    (pod.status?.conditions ?? []).some(({ type, status }) => type === conditionType && status === 'True'),
  );
  return wanted.length === 0 ? '<none>' : `${held.length}/${wanted.length}`;
}
