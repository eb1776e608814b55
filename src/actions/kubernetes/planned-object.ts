import type { PlanObject } from '../plan.ts';

/** An object of a cluster as a plan pins it. */
export function plannedObject(
  { kind, namespace, name, uid }: { kind: string; namespace: string; name: string; uid: string | null },
  { cluster, tenant }: { readonly cluster: string; readonly tenant: string },
  generation: number | null,
): PlanObject {
  const version = generation === null ? null : String(generation);
  return { system: 'kubernetes', cluster, tenant, kind, namespace, name, uid, version };
}
