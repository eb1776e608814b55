import type { FreezeRow, OpenIncidentRow, Standing } from '#actions/desk/port.ts';
import type { TenantStatus } from '#health/status.ts';
import type { Picture } from '#health/watcher.ts';
import type { Trouble, Troubles } from '../backups/troubles.ts';

/** Marks the tenants that the ledger's freezes and incidents cover, and those whose backups are late; the same picture for the same two. */
export function marker(): (picture: Picture, standing: Standing | null, troubles: Troubles) => Picture {
  let last:
    | { readonly picture: Picture; readonly key: string; readonly troubles: Troubles; readonly marked: Picture }
    | undefined;
  return (picture, standing, troubles) => {
    const { freezes, incidents } = standing ?? nothing;
    if (freezes.length === 0 && incidents.length === 0 && troubles.size === 0) {
      return picture;
    }
    const key = JSON.stringify([freezes, incidents]);
    if (last?.picture !== picture || last.key !== key || last.troubles !== troubles) {
      last = { picture, key, troubles, marked: withMarks(picture, { freezes, incidents }, troubles) };
    }
    return last.marked;
  };
}

const nothing = { freezes: [], incidents: [] } as const;

/** A tenant as the table shows it. */
export type MarkedTenant = TenantStatus & { readonly backup?: Trouble };

function withMarks(
  picture: Picture,
  { freezes, incidents }: Pick<Standing, 'freezes' | 'incidents'>,
  troubles: Troubles,
): Picture {
  return {
    ...picture,
    tenants: picture.tenants.map((tenant) => {
      const freeze = freezes.find(({ tenants }) => tenants.includes(tenant.tenant));
      const incident = incidents.find(({ tenants }) => tenants.includes(tenant.tenant));
      const backup = troubles.get(tenant.tenant);
      return freeze === undefined && incident === undefined && backup === undefined
        ? tenant
        : marked(tenant, freeze, incident, backup);
    }),
  };
}

function marked(
  tenant: TenantStatus,
  freeze: FreezeRow | undefined,
  incident: OpenIncidentRow | undefined,
  backup: Trouble | undefined,
): MarkedTenant {
  const { frozen } = tenant;
  return {
    ...tenant,
    frozen: frozen ?? (freeze === undefined ? null : { name: freeze.name, until: freeze.until, reason: freeze.reason }),
    incident: tenant.incident ?? incident?.name ?? null,
    ...(backup === undefined ? {} : { backup }),
  };
}
