import type { DeploymentSpec } from '../shapes.ts';

export interface Counts {
  /** `spec.replicas` of the ReplicaSet. */
  readonly wanted: number;
  readonly available: number;
}

/** How many replicas the new and each old ReplicaSet should have next: the real controller's arithmetic, as pure numbers. */
export function nextReplicas(
  spec: Pick<DeploymentSpec, 'replicas' | 'strategy'>,
  current: Counts,
  old: readonly Counts[],
  oldPods: number,
): { readonly current: number; readonly old: readonly number[] } {
  const replicas = spec.replicas ?? 1;
  if (spec.strategy?.type === 'Recreate') {
    return { current: oldPods === 0 ? replicas : current.wanted, old: old.map(() => 0) };
  }
  const { surge, unavailable } = bounds(spec, replicas);
  const total = current.wanted + sum(old, 'wanted');
  const room = replicas + surge - total;
  const grown =
    current.wanted > replicas ? replicas : current.wanted + Math.max(0, Math.min(room, replicas - current.wanted));

  const minimum = replicas - unavailable;
  const unavailableNew = grown - current.available;
  let mayGo = grown + sum(old, 'wanted') - minimum - Math.max(0, unavailableNew);
  // Sick pods of old revisions first, they serve nobody; then those that serve, as far as availability allows.
  const healthy = old.map(({ wanted, available }) => {
    const sick = Math.min(Math.max(0, wanted - available), Math.max(0, mayGo));
    mayGo -= sick;
    return wanted - sick;
  });
  let spare = Math.max(0, Math.min(mayGo, current.available + sum(old, 'available') - minimum));
  const kept = healthy.map((wanted) => {
    const go = Math.min(wanted, spare);
    spare -= go;
    return wanted - go;
  });
  return { current: grown, old: kept };
}

function bounds(spec: Pick<DeploymentSpec, 'strategy'>, replicas: number): { surge: number; unavailable: number } {
  const { maxSurge = '25%', maxUnavailable = '25%' } = spec.strategy?.rollingUpdate ?? {};
  const surge = amount(maxSurge, replicas, Math.ceil);
  const unavailable = amount(maxUnavailable, replicas, Math.floor);
  // Both zero would never move.
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

function amount(value: number | string, replicas: number, round: (value: number) => number): number {
  return typeof value === 'number' ? value : round((Number.parseFloat(value) / 100) * replicas);
}

/** How many must be available for a Deployment to call itself available. */
export function leastAvailable(spec: Pick<DeploymentSpec, 'strategy' | 'replicas'>): number {
  const replicas = spec.replicas ?? 1;
  return spec.strategy?.type === 'Recreate' ? replicas : replicas - bounds(spec, replicas).unavailable;
}

export function surgeOf(spec: Pick<DeploymentSpec, 'strategy' | 'replicas'>): number {
  return bounds(spec, spec.replicas ?? 1).surge;
}

function sum(counts: readonly Counts[], field: keyof Counts): number {
  return counts.reduce((total, count) => total + count[field], 0);
}
