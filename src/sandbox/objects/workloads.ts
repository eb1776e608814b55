import type { SeedObject } from '../kubernetes/types.ts';
import type { SandboxTenant } from '../tenants.ts';
import { type Component, podLabels, tenantLabels } from './labels.ts';

const images = { 15: '15.0-1.9.3', 16: '16.0-2.2.0', 17: '17.0-2.4.1', 18: '18.0-1.3.2', 19: '19.0-1.1.0' } as const;

/** How one component of an Odoo differs from the others: cron and jobs are split from the web (facts: odoo.md §2.4). */
const components: Readonly<Record<Component, { readonly command: readonly string[]; readonly memory: string }>> = {
  web: { command: ['odoo', '--workers=4', '--max-cron-threads=0', '--load=web,session_redis'], memory: '2Gi' },
  cron: { command: ['odoo', '--workers=-1', '--max-cron-threads=2', '--no-http'], memory: '1Gi' },
  queue: { command: ['odoo', '--workers=2', '--max-cron-threads=0', '--load=web,queue_job'], memory: '1536Mi' },
};

export function webReplicas({ tier, hosting }: SandboxTenant): number {
  return hosting === 'shared' || tier === 'critical' ? 3 : tier === 'standard' ? 2 : 1;
}

/** The workloads that serve a tenant, or the pool that it lives in. */
export function workloadObjects(tenant: SandboxTenant, createdAt: string): readonly SeedObject[] {
  const { series } = tenant;
  return [
    deployment(tenant, 'web', webReplicas(tenant), createdAt),
    deployment(tenant, 'cron', 1, createdAt),
    // queue_job has no branch for 19 yet (facts: odoo.md §8).
    ...(series < 19 ? [deployment(tenant, 'queue', 1, createdAt)] : []),
    ...(tenant.tier === 'critical' ? [autoscaler(tenant, createdAt)] : []),
  ];
}

function deployment(tenant: SandboxTenant, component: Component, replicas: number, createdAt: string): SeedObject {
  const labels = podLabels(tenant.instance, component, tenant.series);
  const { command, memory } = components[component];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: `odoo-${component}`,
      namespace: tenant.namespace,
      creationTimestamp: createdAt,
      labels: { ...labels, ...tenantLabels(tenant) },
    },
    spec: {
      replicas,
      revisionHistoryLimit: 5,
      progressDeadlineSeconds: 600,
      selector: {
        matchLabels: {
          'app.kubernetes.io/instance': tenant.instance,
          'app.kubernetes.io/component': component,
        },
      },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: 'default',
          // Longer than limit_time_real, so that requests and crons may end (facts: odoo.md §2.1).
          terminationGracePeriodSeconds: 130,
          containers: [
            {
              name: 'odoo',
              image: `registry.example.com/retail/odoo:${images[tenant.series]}`,
              args: command,
              env: [
                { name: 'PGHOST', value: 'pg-1.database.svc' },
                { name: 'ODOO_SESSION_REDIS', value: '1' },
              ],
              envFrom: [{ configMapRef: { name: 'odoo-conf' } }],
              ports: [
                { name: 'http', containerPort: 8069, protocol: 'TCP' },
                { name: 'websocket', containerPort: 8072, protocol: 'TCP' },
              ],
              resources: { requests: { cpu: '250m', memory }, limits: { memory } },
              ...(component === 'web'
                ? { readinessProbe: { httpGet: { path: '/web/health', port: 'http' }, periodSeconds: 5 } }
                : {}),
            },
          ],
        },
      },
    },
  };
}

function autoscaler(tenant: SandboxTenant, createdAt: string): SeedObject {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: {
      name: 'odoo-web',
      namespace: tenant.namespace,
      creationTimestamp: createdAt,
      labels: podLabels(tenant.instance, 'web', tenant.series),
    },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'odoo-web' },
      minReplicas: webReplicas(tenant),
      maxReplicas: webReplicas(tenant) * 4,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
      ],
    },
  };
}
