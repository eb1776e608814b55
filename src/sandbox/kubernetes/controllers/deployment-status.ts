import { instant } from '#text/clock.ts';
import type { Condition, Deployment, DeploymentStatus, ReplicaSet } from '../shapes.ts';
import { leastAvailable } from './rollout.ts';

/** A Deployment's status from its ReplicaSets, and when to look again whether it makes progress. */
export function deploymentStatus(
  deployment: Deployment,
  current: ReplicaSet | undefined,
  sets: readonly ReplicaSet[],
  now: number,
  span: (ms: number) => number,
): { readonly status: DeploymentStatus; readonly checkInMs: number | undefined } {
  const { spec, metadata } = deployment;
  const wanted = spec.replicas ?? 1;
  const total = sum(sets, 'replicas');
  const ready = sum(sets, 'readyReplicas');
  const available = sum(sets, 'availableReplicas');
  const updated = current?.status?.replicas ?? 0;
  const before = deployment.status ?? {};

  const isComplete = updated === wanted && total === wanted && available === wanted && current !== undefined;
  const isMoving =
    updated > (before.updatedReplicas ?? 0) ||
    total - updated < (before.replicas ?? 0) - (before.updatedReplicas ?? 0) ||
    available > (before.availableReplicas ?? 0);
  const progressing = before.conditions?.find(({ type }) => type === 'Progressing');
  const since = Date.parse(String(progressing?.['lastUpdateTime'] ?? instant(now)));
  const leftMs = since + span((spec.progressDeadlineSeconds ?? 600) * 1000) - now;
  const wasComplete =
    progressing?.['reason'] === 'NewReplicaSetAvailable' && progressing['message'] === succeeded(current);

  const progress = (): Condition => {
    if (isComplete || wasComplete) {
      return condition(before, 'Progressing', 'True', 'NewReplicaSetAvailable', succeeded(current), now, isMoving);
    }
    if (!isMoving && progressing !== undefined && leftMs <= 0) {
      const message = `ReplicaSet "${current?.metadata.name ?? ''}" has timed out progressing.`;
      return condition(before, 'Progressing', 'False', 'ProgressDeadlineExceeded', message, now);
    }
    if (!isMoving && progressing?.['reason'] === 'ProgressDeadlineExceeded') {
      return progressing;
    }
    const message = `ReplicaSet "${current?.metadata.name ?? ''}" is progressing.`;
    return condition(before, 'Progressing', 'True', 'ReplicaSetUpdated', message, now, isMoving);
  };
  const isAvailable = available >= leastAvailable(spec);
  const conditions = [
    isAvailable
      ? condition(before, 'Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.', now)
      : condition(
          before,
          'Available',
          'False',
          'MinimumReplicasUnavailable',
          'Deployment does not have minimum availability.',
          now,
        ),
    progress(),
    ...failureOf(before, current, sets, now),
  ];
  const isWaiting = !isComplete && !wasComplete && conditions[1]?.reason === 'ReplicaSetUpdated';
  return {
    status: {
      observedGeneration: metadata.generation ?? 1,
      ...counted('replicas', total),
      ...counted('updatedReplicas', updated),
      ...counted('readyReplicas', ready),
      ...counted('availableReplicas', available),
      ...counted('unavailableReplicas', Math.max(0, wanted - available)),
      terminatingReplicas: sets.reduce((count, { status }) => count + Number(status?.['terminatingReplicas'] ?? 0), 0),
      conditions,
    },
    checkInMs: isWaiting ? Math.max(1000, leftMs + 1) : undefined,
  };
}

/** What keeps a ReplicaSet from making its pods is told on the Deployment too, the newest one's trouble first. */
function failureOf(
  before: DeploymentStatus,
  current: ReplicaSet | undefined,
  sets: readonly ReplicaSet[],
  now: number,
): readonly Condition[] {
  const [failure] = [...(current === undefined ? [] : [current]), ...sets].flatMap(
    ({ status }) => status?.conditions?.filter(({ type }) => type === 'ReplicaFailure') ?? [],
  );
  return failure === undefined
    ? []
    : [condition(before, failure.type, failure.status, failure.reason ?? '', failure.message ?? '', now)];
}

function succeeded(current: ReplicaSet | undefined): string {
  return `ReplicaSet "${current?.metadata.name ?? ''}" has successfully progressed.`;
}

/** A condition keeps its times while it says the same; `isMoving` renews `lastUpdateTime`. */
function condition(
  before: DeploymentStatus,
  type: string,
  status: string,
  reason: string,
  message: string,
  now: number,
  isMoving = false,
): Condition {
  const known = before.conditions?.find((each) => each.type === type);
  const isSame = known?.status === status && known.reason === reason && known.message === message;
  if (isSame && !isMoving) {
    return known;
  }
  const at = instant(now);
  return {
    type,
    status,
    lastUpdateTime: at,
    lastTransitionTime: known?.status === status ? (known.lastTransitionTime ?? at) : at,
    reason,
    message,
  };
}

/** Zero counts are left out, as Go's `omitempty` does. */
function counted(field: string, count: number): Record<string, number> {
  return count === 0 ? {} : { [field]: count };
}

function sum(sets: readonly ReplicaSet[], field: 'replicas' | 'readyReplicas' | 'availableReplicas'): number {
  return sets.reduce((total, { status }) => total + (status?.[field] ?? 0), 0);
}
