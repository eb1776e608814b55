import type { Tenant } from '#estate/estate.ts';
import { signalStatus } from './evaluate.ts';
import { freezeOn, incidentOn } from './marks.ts';
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
    frozen: freezeOn(tenant, world.marks?.freezes ?? [], world.estate.calendar, world.now),
    incident: incidentOn(tenant, world.marks?.incidents ?? []),
    signals,
    orders: ordersOf(tenant, world),
    observedAt: instants[0] ?? null,
  };
}

function ordersOf(tenant: Tenant, world: World): readonly number[] | null {
  if (tenant.postgres === null || tenant.database === null) {
    return null;
  }
  const observation = world.observation(keys.database(tenant.postgres, tenant.database, orders.name));
  const value = observation?.latest?.value as Orders | null | undefined;
  return value?.lastHour ?? null;
}
