import { type Foreign, number, object, objects, shared, text } from '../foreign.ts';

export interface PodColumns {
  readonly status: string;
  readonly containersReady: number;
  readonly containers: number;
  readonly restarts: number;
}

/**
 * READY, STATUS and RESTARTS as kubectl prints them. The rules are those of `printPod` in the API server's
 * pkg/printers/internalversion/printers.go (1.36), in the same order, because each later rule overrides the earlier.
 */
export function podColumns(metadata: Foreign, spec: Foreign, status: Foreign): PodColumns {
  const phase = text(status['phase']);
  const conditions = objects(status['conditions']);
  const init = initColumns(spec, status);
  let reason = text(status['reason']) || phase;
  if (conditions.some((it) => it['type'] === 'PodScheduled' && it['reason'] === 'SchedulingGated')) {
    reason = 'SchedulingGated';
  }
  reason = init.reason ?? reason;
  let restarts = init.restarts;
  let containersReady = init.ready;

  if (init.reason === null || hasTrue(conditions, 'Initialized')) {
    restarts = init.sidecarRestarts;
    let isAnyRunning = false;
    for (const container of objects(status['containerStatuses']).toReversed()) {
      restarts += number(container['restartCount']);
      const state = stateOf(container);
      if (state.waiting !== null && text(state.waiting['reason']) !== '') {
        reason = text(state.waiting['reason']);
      } else if (state.terminated !== null) {
        reason = endOf(state.terminated);
      } else if (container['ready'] === true && state.running) {
        isAnyRunning = true;
        containersReady += 1;
      }
    }
    if (reason === 'Completed' && isAnyRunning) {
      reason = hasTrue(conditions, 'Ready') ? 'Running' : 'NotReady';
    }
  }

  if (typeof metadata['deletionTimestamp'] === 'string') {
    if (status['reason'] === 'NodeLost') {
      reason = 'Unknown';
    } else if (phase !== 'Succeeded' && phase !== 'Failed') {
      reason = 'Terminating';
    }
  }
  return {
    status: shared(reason),
    containersReady,
    containers: objects(spec['containers']).length + init.sidecars,
    restarts,
  };
}

interface InitColumns {
  /** `Init:…` while initializing; null when that is over. */
  readonly reason: string | null;
  readonly ready: number;
  readonly restarts: number;
  readonly sidecars: number;
  readonly sidecarRestarts: number;
}

const noInit: InitColumns = { reason: null, ready: 0, restarts: 0, sidecars: 0, sidecarRestarts: 0 };

function initColumns(spec: Foreign, status: Foreign): InitColumns {
  const containers = objects(spec['initContainers']);
  const statuses = objects(status['initContainerStatuses']);
  if (containers.length === 0 && statuses.length === 0) {
    return noInit;
  }
  const sidecars = new Set(containers.filter((it) => it['restartPolicy'] === 'Always').map((it) => it['name']));
  let [ready, restarts, sidecarRestarts] = [0, 0, 0];
  let reason: string | null = null;
  for (const [index, container] of statuses.entries()) {
    const isSidecar = sidecars.has(container['name']);
    const state = stateOf(container);
    restarts += number(container['restartCount']);
    sidecarRestarts += isSidecar ? number(container['restartCount']) : 0;
    if (state.terminated !== null && number(state.terminated['exitCode']) === 0) {
      continue;
    }
    if (isSidecar && container['started'] === true) {
      ready += container['ready'] === true ? 1 : 0;
      continue;
    }
    reason = `Init:${initWord(state) ?? `${index}/${containers.length}`}`;
    break;
  }
  return { reason, ready, restarts, sidecars: sidecars.size, sidecarRestarts };
}

function initWord(state: ContainerState): string | null {
  if (state.terminated !== null) {
    return endOf(state.terminated);
  }
  const waiting = state.waiting === null ? '' : text(state.waiting['reason']);
  return waiting === '' || waiting === 'PodInitializing' ? null : waiting;
}

interface ContainerState {
  readonly waiting: Foreign | null;
  readonly terminated: Foreign | null;
  readonly running: boolean;
}

function stateOf(container: Foreign): ContainerState {
  const state = object(container['state']);
  const part = (name: string) => (state[name] === undefined || state[name] === null ? null : object(state[name]));
  return { waiting: part('waiting'), terminated: part('terminated'), running: part('running') !== null };
}

function endOf(terminated: Foreign): string {
  const reason = text(terminated['reason']);
  if (reason !== '') {
    return reason;
  }
  const signal = number(terminated['signal']);
  return signal === 0 ? `ExitCode:${number(terminated['exitCode'])}` : `Signal:${signal}`;
}

function hasTrue(conditions: readonly Foreign[], type: string): boolean {
  return conditions.some((condition) => condition['type'] === type && condition['status'] === 'True');
}
