import type { Tenant } from '#estate/estate.ts';
import type { PlanDraft } from '../plan.ts';

/** Who else feels it: an action on a shared pool cannot be narrowed to one tenant, so it is widened by name (design §4). */
export function poolOf(
  tenant: Tenant | null,
  tenants: readonly Tenant[],
  instance: string | null,
): Required<Pick<PlanDraft, 'tenants' | 'confirmWith' | 'warnings'>> {
  if (tenant === null) {
    return { tenants: [], confirmWith: '', warnings: [] };
  }
  const neighbours = tenants.filter(
    ({ cluster, namespace, selector }) =>
      cluster === tenant.cluster && namespace === tenant.namespace && selector === tenant.selector,
  );
  const names = [tenant.name, ...neighbours.map(({ name }) => name).filter((name) => name !== tenant.name)];
  if (tenant.hosting !== 'shared' && names.length === 1) {
    return { tenants: [tenant.name], confirmWith: tenant.name, warnings: [] };
  }
  const pool = instance ?? tenant.namespace ?? tenant.name;
  return {
    tenants: names,
    confirmWith: pool,
    warnings: [`${pool} is a shared pool: this touches ${names.length} tenants (${names.join(', ')})`],
  };
}
