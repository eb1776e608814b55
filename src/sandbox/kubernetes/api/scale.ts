import type { DeploymentSpec } from '../shapes.ts';
import type { SeedObject, StoredObject } from '../types.ts';

/** The `/scale` face of a workload (facts: gitops.md §3.1). */
export function scaleOf({ metadata, spec, status }: StoredObject): StoredObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  const { replicas = 1, selector } = (spec ?? {}) as DeploymentSpec;
  const labels = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), uid, resourceVersion, creationTimestamp },
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: (status as { replicas?: number } | undefined)?.replicas ?? 0, selector: labels.join(',') },
  };
}

/** The workload with the replicas that a Scale asks for; nothing else of a Scale reaches it. */
export function scaled(object: StoredObject, scale: Pick<SeedObject, 'spec'>): StoredObject {
  const { replicas = 0 } = (scale.spec ?? {}) as { readonly replicas?: number };
  return { ...object, spec: { ...(object.spec as DeploymentSpec), replicas } };
}
