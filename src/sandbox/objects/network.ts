import type { SeedObject } from '../kubernetes/types.ts';
import type { SandboxTenant } from '../tenants.ts';
import { podLabels } from './labels.ts';

/** Behind it stands a page for users while their shop is away; the sandbox's front makes it up. */
export const maintenanceService = 'till-maintenance';

/** What leads to the workloads of a namespace, and what configures them. */
export function serviceObjects(tenant: SandboxTenant, createdAt: string): readonly SeedObject[] {
  const metadata = (name: string) => ({
    name,
    namespace: tenant.namespace,
    creationTimestamp: createdAt,
    labels: podLabels(tenant.instance, 'web', tenant.series),
  });
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: metadata('odoo-web'),
      spec: {
        type: 'ClusterIP',
        selector: { 'app.kubernetes.io/instance': tenant.instance, 'app.kubernetes.io/component': 'web' },
        ports: [
          { name: 'http', port: 8069, targetPort: 'http', protocol: 'TCP' },
          { name: 'websocket', port: 8072, targetPort: 'websocket', protocol: 'TCP' },
        ],
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: metadata(maintenanceService),
      spec: { type: 'ClusterIP', ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }] },
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: metadata('odoo-conf'),
      data: {
        ODOO_QUEUE_JOB_CHANNELS: 'root:4,root.connector:1',
        'odoo.conf': [
          '[options]',
          'proxy_mode = True',
          'list_db = False',
          tenant.hosting === 'shared' ? 'dbfilter = ^%d$' : `dbfilter = ^${tenant.database}$`,
          'limit_time_real = 120',
          '',
        ].join('\n'),
      },
    },
  ];
}

/** Longer rules win: websocket to the evented port, the database manager to nobody (facts: odoo.md §6). */
export function routeObject(tenant: SandboxTenant, createdAt: string): SeedObject {
  const host = `Host(\`${tenant.host}\`)`;
  const service = (port: number) => [{ name: 'odoo-web', port }];
  return {
    apiVersion: 'traefik.io/v1alpha1',
    kind: 'IngressRoute',
    metadata: {
      name: tenant.hosting === 'shared' ? `odoo-${tenant.name}` : 'odoo',
      namespace: tenant.namespace,
      creationTimestamp: createdAt,
      labels: podLabels(tenant.instance, 'web', tenant.series),
    },
    spec: {
      entryPoints: ['web'],
      routes: [
        { kind: 'Rule', match: `${host} && PathPrefix(\`/websocket\`)`, services: service(8072) },
        {
          kind: 'Rule',
          match: `${host} && PathPrefix(\`/web/database\`)`,
          middlewares: [{ name: 'deny-all' }],
          services: service(8069),
        },
        { kind: 'Rule', match: host, services: service(8069) },
      ],
    },
  };
}

/** Lets in an address that nobody has (RFC 5737). */
export function denyAll(namespace: string, createdAt: string): SeedObject {
  return {
    apiVersion: 'traefik.io/v1alpha1',
    kind: 'Middleware',
    metadata: { name: 'deny-all', namespace, creationTimestamp: createdAt },
    spec: { ipAllowList: { sourceRange: ['192.0.2.1/32'] } },
  };
}
