import type { TenantStatus } from '#health/status.ts';
import type { Picture } from '#health/watcher.ts';
import { remembered } from '../components/remember.ts';
import { recentOrders } from './rows.ts';

/** What the header says of all tenants together. */
export interface Summary {
  readonly clusters: readonly string[];
  readonly frozen: readonly NonNullable<TenantStatus['frozen']>[];
  /** Orders of all shops; null when no tenant is one. */
  readonly orders: { readonly recent: number; readonly series: readonly number[] } | null;
}

export const summaryOf = remembered(({ tenants }: Picture): Summary => {
  const clusters = new Set<string>();
  const frozen: NonNullable<TenantStatus['frozen']>[] = [];
  const series: number[] = [];
  let recent = 0;
  let shops = 0;
  for (const tenant of tenants) {
    if (tenant.cluster !== null) {
      clusters.add(tenant.cluster);
    }
    if (tenant.frozen !== null) {
      frozen.push(tenant.frozen);
    }
    if (tenant.orders !== null) {
      shops += 1;
      recent += recentOrders(tenant) ?? 0;
      for (const [index, count] of tenant.orders.entries()) {
        series[index] = (series[index] ?? 0) + count;
      }
    }
  }
  return { clusters: [...clusters].sort(), frozen, orders: shops === 0 ? null : { recent, series } };
});
