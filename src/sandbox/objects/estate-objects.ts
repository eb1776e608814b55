import type { SeedObject } from '../kubernetes/types.ts';
import type { SandboxTenant } from '../tenants.ts';
import { accessObjects } from './access.ts';
import { edgeObjects, edgePods } from './edge.ts';
import { environment } from './labels.ts';
import { denyAll, routeObject, serviceObjects } from './network.ts';
import { nodeObjects } from './nodes.ts';
import { webReplicas, workloadObjects } from './workloads.ts';

const day = 86_400_000;

/** Everything that the cluster of a sandbox holds at its first moment. It has been there for half a year. */
export function estateObjects(tenants: readonly SandboxTenant[], now: number): readonly SeedObject[] {
  const createdAt = new Date(now - 180 * day).toISOString().replace(/\.\d{3}Z$/, 'Z');
  // Tenants of a pool share its workloads: the first to name a namespace brings them.
  const owners = [...new Map(tenants.toReversed().map((tenant) => [tenant.namespace, tenant])).values()].reverse();
  const pods = owners.reduce((sum, tenant) => sum + webReplicas(tenant) + 2, edgePods);
  return [
    ...nodeObjects(pods, createdAt),
    ...accessObjects(createdAt),
    ...edgeObjects(createdAt),
    ...owners.flatMap((tenant) => [
      namespaceObject(tenant, createdAt),
      ...workloadObjects(tenant, createdAt),
      ...serviceObjects(tenant, createdAt),
      denyAll(tenant.namespace, createdAt),
    ]),
    ...tenants.map((tenant) => routeObject(tenant, createdAt)),
  ];
}

function namespaceObject(tenant: SandboxTenant, creationTimestamp: string): SeedObject {
  const own = tenant.hosting === 'dedicated' ? { 'till.dev/retailer': tenant.retailer } : {};
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: tenant.namespace,
      creationTimestamp,
      labels: { 'kubernetes.io/metadata.name': tenant.namespace, 'till.dev/environment': environment, ...own },
    },
  };
}
