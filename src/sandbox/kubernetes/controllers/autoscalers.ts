import { instant } from '#text/clock.ts';
import { withManagedFields } from '../fields/managed-fields.ts';
import type { Condition, Deployment, HorizontalPodAutoscaler, Pod } from '../shapes.ts';
import type { StoredObject } from '../types.ts';
import { as, type Cluster, putStatus } from './cluster.ts';
import { fraction } from './hash.ts';
import { isReady } from './pods.ts';

/** As the real controller's defaults: a sync every 15 s, 10 % of tolerance, five minutes before it shrinks. */
const syncMs = 15_000;
const tolerance = 0.1;
const stabilizationMs = 300_000;

/** Measures a load that is set from outside and moves replicas within bounds. */
export class Autoscalers {
  readonly #cluster: Cluster;
  readonly #again: (key: string, afterMs: number) => void;
  /** Per cent of one pod's request, summed over pods: more pods share the same work. */
  readonly #work = new Map<string, number>();
  /** Since when fewer replicas would do. */
  readonly #idleSince = new Map<string, number>();

  constructor(cluster: Cluster, again: (key: string, afterMs: number) => void) {
    this.#cluster = cluster;
    this.#again = again;
  }

  /** Use of CPU per pod, as many as there are now. */
  load(key: string, percent: number): void {
    const found = this.#find(key);
    if (found !== undefined) {
      this.#work.set(key, percent * Math.max(1, this.#readyPods(found.target)));
      this.#again(key, 0);
    }
  }

  reconcile(key: string): void {
    const found = this.#find(key);
    if (found === undefined) {
      this.#work.delete(key);
      return;
    }
    const { object, autoscaler, target } = found;
    const { clock } = this.#cluster;
    const current = target.spec.replicas ?? 1;
    const ready = this.#readyPods(target);
    const goal = goalOf(autoscaler);
    // Nobody said anything: a quiet day, a little different for each.
    const work = this.#work.get(key) ?? goal * (0.5 + 0.3 * fraction(key)) * Math.max(1, current);
    const use = Math.round(work / Math.max(1, ready));
    const bounds = { min: autoscaler.spec.minReplicas ?? 1, max: autoscaler.spec.maxReplicas };
    const wanted = current === 0 || ready === 0 ? current : wantedReplicas(current, ready, use / goal);
    const desired = this.#stabilized(key, current, Math.min(bounds.max, Math.max(bounds.min, wanted)));

    const rescale = desired !== current && current > 0;
    if (rescale) {
      this.#rescale(object, target, desired, use > goal ? 'above' : 'below');
    }
    const at = instant(clock.now());
    putStatus(this.#cluster, this.#cluster.kinds.autoscaler, object, {
      ...(rescale ? { lastScaleTime: at } : lastScale(autoscaler)),
      currentReplicas: current,
      desiredReplicas: desired,
      currentMetrics: [
        {
          type: 'Resource',
          resource: {
            name: 'cpu',
            current: { averageUtilization: use, averageValue: `${Math.round((requestOf(target) * use) / 100)}m` },
          },
        },
      ],
      conditions: conditions(autoscaler, { rescale, desired, wanted, ...bounds }, at),
    });
    const isSettled = desired === current && !this.#idleSince.has(key);
    if (!isSettled) {
      this.#again(key, this.#cluster.span(syncMs));
    }
  }

  #stabilized(key: string, current: number, wanted: number): number {
    const { clock, span } = this.#cluster;
    if (wanted >= current) {
      this.#idleSince.delete(key);
      return wanted;
    }
    const since = this.#idleSince.get(key) ?? clock.now();
    this.#idleSince.set(key, since);
    if (clock.now() - since < span(stabilizationMs)) {
      return current;
    }
    this.#idleSince.delete(key);
    return wanted;
  }

  #rescale(object: StoredObject, target: Deployment, replicas: number, side: 'above' | 'below'): void {
    const { store, kinds, recorder, clock } = this.#cluster;
    const before = target as unknown as StoredObject;
    const author = { manager: 'kube-controller-manager', subresource: 'scale', at: instant(clock.now()) };
    const after = { ...before, spec: { ...target.spec, replicas } };
    store.put(kinds.deployment, withManagedFields(kinds.deployment, after, before, author));
    const reason =
      side === 'above' ? 'cpu resource utilization (percentage of request) above target' : 'All metrics below target';
    recorder.record({
      about: object,
      reason: 'SuccessfulRescale',
      message: `New size: ${replicas}; reason: ${reason}`,
      component: 'horizontal-pod-autoscaler',
    });
  }

  #find(key: string): { object: StoredObject; autoscaler: HorizontalPodAutoscaler; target: Deployment } | undefined {
    const { store, kinds } = this.#cluster;
    const [namespace, name = ''] = key.split('/');
    const object = store.get(kinds.autoscaler, namespace, name);
    const autoscaler = as<HorizontalPodAutoscaler>(object);
    const { scaleTargetRef } = autoscaler?.spec ?? {};
    const target =
      scaleTargetRef?.kind === 'Deployment'
        ? as<Deployment>(store.get(kinds.deployment, namespace, scaleTargetRef.name))
        : undefined;
    return object === undefined || autoscaler === undefined || target === undefined
      ? undefined
      : { object, autoscaler, target };
  }

  #readyPods(target: Deployment): number {
    const { owned, kinds } = this.#cluster;
    const sets = owned.of<StoredObject>(target.metadata.uid, kinds.replicaSet);
    return sets.reduce((sum, { metadata }) => sum + owned.of<Pod>(metadata.uid, kinds.pod).filter(isReady).length, 0);
  }
}

/** At most doubled or four more in one step, as the default scale-up policies have it. */
function wantedReplicas(current: number, ready: number, ratio: number): number {
  if (Math.abs(1 - ratio) <= tolerance) {
    return current;
  }
  return Math.min(Math.ceil(ready * ratio), Math.max(current * 2, current + 4));
}

function goalOf({ spec }: HorizontalPodAutoscaler): number {
  return spec.metrics?.find(({ resource }) => resource?.name === 'cpu')?.resource?.target.averageUtilization ?? 80;
}

/** Milli-CPU that a pod of the workload asks for. */
function requestOf({ spec }: Deployment): number {
  return spec.template.spec.containers.reduce((sum, { resources }) => {
    const text = resources?.requests?.['cpu'] ?? '0';
    return sum + (text.endsWith('m') ? Number(text.slice(0, -1)) : Number(text) * 1000);
  }, 0);
}

function lastScale({ status }: HorizontalPodAutoscaler): object {
  return status?.lastScaleTime === undefined ? {} : { lastScaleTime: status.lastScaleTime };
}

interface Outcome {
  readonly rescale: boolean;
  readonly desired: number;
  readonly wanted: number;
  readonly min: number;
  readonly max: number;
}

function conditions({ status }: HorizontalPodAutoscaler, outcome: Outcome, at: string): readonly Condition[] {
  const { rescale, desired, wanted, min, max } = outcome;
  const able = rescale
    ? ['SucceededRescale', `the HPA controller was able to update the target scale to ${desired}`]
    : ['ReadyForNewScale', 'recommended size matches current size'];
  const limited =
    wanted > max
      ? ['True', 'TooManyReplicas', 'the desired replica count is more than the maximum replica count']
      : wanted < min
        ? ['True', 'TooFewReplicas', 'the desired replica count is less than the minimum replica count']
        : ['False', 'DesiredWithinRange', 'the desired count is within the acceptable range'];
  const told: readonly (readonly [string, string, string, string])[] = [
    ['AbleToScale', 'True', able[0] ?? '', able[1] ?? ''],
    [
      'ScalingActive',
      'True',
      'ValidMetricFound',
      'the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)',
    ],
    ['ScalingLimited', limited[0] ?? '', limited[1] ?? '', limited[2] ?? ''],
  ];
  return told.map(([type, value, reason, message]) => {
    const known = status?.conditions?.find((each) => each.type === type);
    const lastTransitionTime = known?.status === value ? (known.lastTransitionTime ?? at) : at;
    return { type, status: value, lastTransitionTime, reason, message };
  });
}
