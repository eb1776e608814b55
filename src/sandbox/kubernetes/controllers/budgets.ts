import { instant } from '#text/clock.ts';
import { objectSelector } from '../selectors/labels.ts';
import type { Condition, Deployment, Pod, PodDisruptionBudget } from '../shapes.ts';
import type { StoredObject } from '../types.ts';
import { as, type Cluster, putStatus } from './cluster.ts';
import { controllerOf } from './owned.ts';
import { isActive, isReady } from './pods.ts';

/** How many pods a PodDisruptionBudget can spare now. */
export function reconcileBudget(cluster: Cluster, key: string): void {
  const { store, kinds, clock } = cluster;
  const [namespace, name = ''] = key.split('/');
  const object = store.get(kinds.budget, namespace, name);
  const budget = as<PodDisruptionBudget>(object);
  if (object === undefined || budget === undefined) {
    return;
  }
  const { selector } = budget.spec;
  const chosen = selector === undefined ? () => false : objectSelector(selector);
  const pods = store
    .entries(kinds.pod, namespace)
    .map((entry) => entry.object as unknown as Pod)
    .filter((pod) => isActive(pod) && chosen(pod.metadata.labels));
  const { expected, desired } = wanted(cluster, budget, pods);
  const healthy = pods.filter(isReady).length;
  const allowed = expected <= 0 ? 0 : Math.max(0, healthy - desired);
  putStatus(cluster, kinds.budget, object, {
    observedGeneration: budget.metadata.generation ?? 1,
    disruptionsAllowed: allowed,
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: expected,
    conditions: [condition(budget, allowed, clock.now())],
  });
}

function wanted(cluster: Cluster, { spec }: PodDisruptionBudget, pods: readonly Pod[]) {
  const { minAvailable, maxUnavailable } = spec;
  if (maxUnavailable !== undefined) {
    const expected = scaleOf(cluster, pods);
    return { expected, desired: Math.max(0, expected - amount(maxUnavailable, expected)) };
  }
  if (typeof minAvailable === 'string') {
    const expected = scaleOf(cluster, pods);
    return { expected, desired: amount(minAvailable, expected) };
  }
  return { expected: pods.length, desired: minAvailable ?? 1 };
}

/** Both kinds of per cent are rounded up, as the real controller does. */
function amount(value: number | string, of: number): number {
  return typeof value === 'number' ? value : Math.ceil((Number.parseFloat(value) / 100) * of);
}

/** What those who control the pods ask for, not what is there. */
function scaleOf({ store, kinds }: Cluster, pods: readonly Pod[]): number {
  const scales = new Map<string, number>();
  for (const pod of pods) {
    const owner = controllerOf(pod as unknown as StoredObject);
    const { namespace } = pod.metadata;
    const direct = owner?.kind === 'StatefulSet' ? kinds.statefulSet : kinds.replicaSet;
    const set = owner === undefined ? undefined : store.get(direct, namespace, owner.name);
    const above = set === undefined ? undefined : controllerOf(set);
    const top = above === undefined ? set : (store.get(kinds.deployment, namespace, above.name) ?? set);
    if (top !== undefined) {
      scales.set(top.metadata.uid, (top as unknown as Deployment).spec.replicas ?? 1);
    }
  }
  return [...scales.values()].reduce((sum, replicas) => sum + replicas, 0);
}

function condition({ status, metadata }: PodDisruptionBudget, allowed: number, now: number): Condition {
  const known = status?.conditions?.find(({ type }) => type === 'DisruptionAllowed');
  const value = allowed > 0 ? 'True' : 'False';
  return {
    type: 'DisruptionAllowed',
    status: value,
    observedGeneration: metadata.generation ?? 1,
    lastTransitionTime: known?.status === value ? (known.lastTransitionTime ?? instant(now)) : instant(now),
    reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
    message: '',
  };
}
