import type { ContainerStatus, Pod } from '../shapes.ts';
import type { ContainerView } from './pod-status.ts';

/** The first container of a pod: the one that troubles happen to. */

export function mainStatus(pod: Pod): ContainerStatus | undefined {
  const name = pod.spec.containers[0]?.name;
  return pod.status?.containerStatuses?.find((each) => each.name === name);
}

export function mainName(pod: Pod): string {
  return pod.spec.containers[0]?.name ?? '';
}

export function restartsOf(pod: Pod): number {
  return mainStatus(pod)?.restartCount ?? 0;
}

export function viewOf(pod: Pod): ContainerView {
  const main = mainStatus(pod);
  return {
    state: main?.state ?? {},
    ready: main?.ready ?? false,
    restarts: main?.restartCount ?? 0,
    last: main?.lastState?.terminated,
  };
}
