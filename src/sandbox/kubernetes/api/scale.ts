import type { DeploymentSpec } from '../shapes.ts';
import { selectorText } from '../tables/values.ts';
import type { SeedObject, StoredObject } from '../types.ts';
import { badRequest } from './status.ts';

/** The replicas of a workload, as autoscalers and `kubectl scale` see them. */
export function scaleOf(object: StoredObject): StoredObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const spec = object.spec as DeploymentSpec;
  const status = object.status as { readonly replicas?: number } | undefined;
  return {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), uid, resourceVersion, creationTimestamp },
    // Zero is left out, as Go's `omitempty` does.
    spec: spec.replicas === 0 || spec.replicas === undefined ? {} : { replicas: spec.replicas },
    status: { replicas: status?.replicas ?? 0, selector: selectorText(spec.selector) },
  };
}

/** The workload with the replicas that a Scale asks for. Annotations of a Scale are lost (facts: kubernetes-verified.md §4). */
export function scaled(object: StoredObject, scale: SeedObject): SeedObject {
  const replicas = (scale.spec as { readonly replicas?: unknown } | undefined)?.replicas ?? 0;
  if (typeof replicas !== 'number' || !Number.isInteger(replicas) || replicas < 0) {
    throw badRequest(`Scale in version "v1" cannot be handled as a Scale: spec.replicas: ${JSON.stringify(replicas)}`);
  }
  const { resourceVersion } = scale.metadata;
  const metadata = { ...object.metadata, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
  return { ...object, metadata, spec: { ...(object.spec as object), replicas } };
}
