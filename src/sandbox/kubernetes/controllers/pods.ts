import { instant } from '#text/clock.ts';
import { withLimitDefaults } from '../admission/limit-ranges.ts';
import { quotaRefusal } from '../admission/quota.ts';
import type { Refusal } from '../api/status.ts';
import { defaultedPodSpec } from '../defaults/pod-spec.ts';
import type { Pod, PodSpec, PodTemplate } from '../shapes.ts';
import type { StoredObject } from '../types.ts';
import type { Cluster } from './cluster.ts';
import { ownedBy } from './owned.ts';

const specs = new WeakMap<PodSpec, PodSpec>();

/** A pod's spec from its template's: defaults filled once, and shared by all pods of the template. */
function specOf(template: PodTemplate): PodSpec {
  let spec = specs.get(template.spec);
  if (spec === undefined) {
    spec = defaultedPodSpec(template.spec);
    specs.set(template.spec, spec);
  }
  return spec;
}

export interface PodMaking {
  readonly owner: StoredObject;
  readonly template: PodTemplate;
  readonly name: string;
  readonly generateName: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly spec?: Partial<PodSpec>;
  /** For seeds: when it was made. */
  readonly createdAt?: number;
}

/**
 * Creates a pod for whatever controls it; the scheduler and the kubelet take it from there. A quota may refuse it, as it would
 * refuse anybody; what is seeded was there before.
 */
export function createPod({ store, kinds }: Cluster, making: PodMaking): Pod | Refusal {
  const { owner, template, name, generateName, createdAt } = making;
  const annotations = template.metadata?.annotations;
  const wanted = withLimitDefaults(store, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      generateName,
      namespace: owner.metadata.namespace ?? 'default',
      ...(createdAt === undefined ? {} : { creationTimestamp: instant(createdAt) }),
      labels: making.labels ?? template.metadata?.labels ?? {},
      ...(annotations === undefined ? {} : { annotations }),
      ownerReferences: ownedBy(owner),
    },
    spec: making.spec === undefined ? specOf(template) : { ...specOf(template), ...making.spec },
    status: { phase: 'Pending', qosClass: qualityOf(template.spec) },
  });
  const refusal = createdAt === undefined ? quotaRefusal(store, kinds.pod, wanted, undefined) : undefined;
  return refusal ?? (store.put(kinds.pod, wanted) as unknown as Pod);
}

/** Guaranteed, Burstable or BestEffort: what decides who is ended first when a node runs short. */
export function qualityOf({ containers }: PodSpec): string {
  const resources = containers.map((container) => container.resources ?? {});
  if (resources.every(({ requests, limits }) => requests === undefined && limits === undefined)) {
    return 'BestEffort';
  }
  const isGuaranteed = resources.every(
    ({ requests, limits }) =>
      limits?.['cpu'] !== undefined &&
      limits['memory'] !== undefined &&
      (requests?.['cpu'] ?? limits['cpu']) === limits['cpu'] &&
      (requests?.['memory'] ?? limits['memory']) === limits['memory'],
  );
  return isGuaranteed ? 'Guaranteed' : 'Burstable';
}

export function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

export function isActive(pod: Pod): boolean {
  const phase = pod.status?.phase;
  return pod.metadata.deletionTimestamp === undefined && phase !== 'Succeeded' && phase !== 'Failed';
}
