import type { SandboxTenant } from '../tenants.ts';

export type Component = 'web' | 'cron' | 'queue';

export const environment = 'production';

/** What both a workload and its pods carry. */
export function podLabels(instance: string, component: Component, series: number): Readonly<Record<string, string>> {
  return {
    'app.kubernetes.io/name': 'odoo',
    'app.kubernetes.io/instance': instance,
    'app.kubernetes.io/component': component,
    'app.kubernetes.io/version': `${series}.0`,
    'app.kubernetes.io/managed-by': 'Helm',
  };
}

/** What a workload says of the one tenant that it serves; a pool serves several and says only that. */
export function tenantLabels(tenant: SandboxTenant): Readonly<Record<string, string>> {
  if (tenant.hosting === 'shared') {
    return { 'till.dev/hosting': 'shared' };
  }
  return {
    'till.dev/hosting': 'dedicated',
    'till.dev/tier': tenant.tier,
    'till.dev/environment': environment,
    'till.dev/retailer': tenant.retailer,
    // A label value may not hold a slash.
    'till.dev/timezone': tenant.timezone.replace('/', '.'),
    'till.dev/currency': tenant.currency,
  };
}
