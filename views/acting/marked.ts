import type { FreezeRow, OpenIncidentRow, Standing } from '#actions/desk/port.ts';
import type { TenantStatus } from '#health/status.ts';
import type { Picture } from '#health/watcher.ts';

/** Marks the tenants that the ledger's freezes and incidents cover; the same picture for the same two. */
export function marker(): (picture: Picture, standing: Standing | null) => Picture {
  let last: { readonly picture: Picture; readonly key: string; readonly marked: Picture } | undefined;
  return (picture, standing) => {
    if (standing === null || (standing.freezes.length === 0 && standing.incidents.length === 0)) {
      return picture;
    }
    const key = JSON.stringify([standing.freezes, standing.incidents]);
    if (last?.picture !== picture || last.key !== key) {
      last = { picture, key, marked: withMarks(picture, standing) };
    }
    return last.marked;
  };
}

function withMarks(picture: Picture, { freezes, incidents }: Standing): Picture {
  return {
    ...picture,
    tenants: picture.tenants.map((tenant) => {
      const freeze = freezes.find(({ tenants }) => tenants.includes(tenant.tenant));
      const incident = incidents.find(({ tenants }) => tenants.includes(tenant.tenant));
      return freeze === undefined && incident === undefined ? tenant : marked(tenant, freeze, incident);
    }),
  };
}

function marked(
  tenant: TenantStatus,
  freeze: FreezeRow | undefined,
  incident: OpenIncidentRow | undefined,
): TenantStatus {
  const { frozen } = tenant;
  return {
    ...tenant,
    frozen: frozen ?? (freeze === undefined ? null : { name: freeze.name, until: freeze.until, reason: freeze.reason }),
    incident: tenant.incident ?? incident?.name ?? null,
  };
}
