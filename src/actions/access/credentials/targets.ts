import { postgresRolesOf, rolesAt } from '#estate/enforcement/powers.ts';
import type { Estate, Tenant } from '#estate/estate.ts';
import type { Grant } from '#ledger/access/grant.ts';

/** One credential that a grant needs: fixed by the grant, so that minting twice finds the same. */
export type CredentialTarget = { readonly id: string; readonly where: string; readonly tenants: readonly string[] } & (
  | { readonly system: 'kubernetes'; readonly namespace: string; readonly actions: readonly string[] }
  | { readonly system: 'postgres'; readonly roles: readonly string[] }
);

/** What has to be issued for a grant, by what its actions write and where its tenants live. */
export function credentialTargets(
  { actions, tenants }: Pick<Grant, 'actions' | 'tenants'>,
  known: readonly Tenant[],
  estate: Pick<Estate, 'postgres'>,
): readonly CredentialTarget[] {
  const granted = known.filter(({ name }) => tenants.includes(name));
  const [atTenant, atServer] = [rolesAt('tenant', actions), rolesAt('server', actions)];
  const logins = postgresRolesOf(actions);
  const targets = new Map<string, CredentialTarget>();
  const add = (target: CredentialTarget, tenant: string) => {
    const before = targets.get(target.id)?.tenants ?? [];
    targets.set(target.id, { ...target, tenants: [...new Set([...before, tenant])] });
  };
  /** One token for one namespace, whatever lives there. */
  const bind = (
    at: { readonly cluster: string; readonly namespace: string },
    roles: readonly string[],
    tenant: string,
  ) => {
    if (roles.length > 0) {
      const { cluster: where, namespace } = at;
      const id = `kubernetes/${where}/${namespace}`;
      const before = targets.get(id);
      const all = [...(before?.system === 'kubernetes' ? before.actions : []), ...roles];
      add({ id, system: 'kubernetes', where, tenants: [], namespace, actions: [...new Set(all)].toSorted() }, tenant);
    }
  };
  for (const { name, cluster, namespace, postgres } of granted) {
    if (cluster !== null && namespace !== null) {
      bind({ cluster, namespace }, atTenant, name);
    }
    const promoted = postgres === null ? undefined : estate.postgres[postgres]?.cloudnativepg;
    if (promoted !== undefined) {
      bind(promoted, atServer, name);
    }
    // Where the estate names nobody who mints, the everyday login is all there is; doctor says so.
    if (logins.length > 0 && postgres !== null && estate.postgres[postgres]?.minter !== undefined) {
      add({ id: `postgres/${postgres}`, system: 'postgres', where: postgres, tenants: [], roles: logins }, name);
    }
  }
  return [...targets.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}
