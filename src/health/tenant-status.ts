import type { Tenant } from '#estate/estate.ts';
import type { CalendarEntry } from '#estate/schema.ts';
import { signalStatus } from './evaluate.ts';
import { type Orders, orders } from './queries/orders.ts';
import { layerStatus, verdict } from './roll-up.ts';
import type { Layer, LayerStatus, TenantStatus } from './status.ts';
import { layers } from './status.ts';
import { keys, type World } from './world.ts';

/** One tenant, judged from what has been observed. Pure. */
export function tenantStatus(tenant: Tenant, world: World): TenantStatus {
  const supplementary = new Set(world.signals.flatMap((signal) => (signal.supplementary ? [signal.name] : [])));
  const signals = world.signals.flatMap((signal) => signalStatus(signal, tenant, world) ?? []);
  const status = Object.fromEntries(
    layers.map((layer) => [layer, layerStatus(layer, signals, supplementary)]),
  ) as Record<Layer, LayerStatus | null>;
  const { grade, decidedBy, message } = verdict(status);
  const instants = signals.flatMap((signal) => signal.observedAt ?? []).sort();
  return {
    tenant: tenant.name,
    retailer: tenant.retailer,
    cluster: tenant.cluster,
    namespace: tenant.namespace,
    environment: tenant.environment,
    tier: tenant.tier,
    hosting: tenant.hosting,
    grade,
    decidedBy,
    message,
    layers: status,
    frozen: freezeOf(tenant, world),
    incident: null,
    signals,
    orders: ordersOf(tenant, world),
    observedAt: instants[0] ?? null,
  };
}

/** The calendar's freeze that covers this tenant now: judged when read, never stored as a flag (design §7). */
function freezeOf(tenant: Tenant, world: World): TenantStatus['frozen'] {
  const inForce = world.estate.calendar.find(
    (entry) => Date.parse(entry.from) <= world.now && world.now < Date.parse(entry.until) && covers(entry, tenant),
  );
  return inForce === undefined
    ? null
    : { name: inForce.name, until: new Date(inForce.until).toISOString(), reason: inForce.reason ?? null };
}

function covers({ scope }: CalendarEntry, tenant: Tenant): boolean {
  const within = (list: readonly string[] | undefined, value: string | null) =>
    list === undefined || (value !== null && list.includes(value));
  return (
    scope === undefined ||
    (within(scope.tiers, tenant.tier) &&
      within(scope.environments, tenant.environment) &&
      within(scope.tenants, tenant.name))
  );
}

function ordersOf(tenant: Tenant, world: World): readonly number[] | null {
  if (tenant.postgres === null || tenant.database === null) {
    return null;
  }
  const observation = world.observation(keys.database(tenant.postgres, tenant.database, orders.name));
  const value = observation?.latest?.value as Orders | null | undefined;
  return value?.lastHour ?? null;
}
