import { randomUUID } from 'node:crypto';
import type { SandboxTenant } from './tenants.ts';

export interface EstateEndpoints {
  readonly kubeconfig: string;
  readonly postgres: { readonly port: number; readonly user: string; readonly passwordFile: string };
  readonly redis: { readonly port: number; readonly user: string; readonly passwordFile: string };
  readonly front: { readonly port: number };
}

/** The sandbox's estate.yaml. JSON strings are YAML strings, so quoting needs no library. */
export function estateYaml(endpoints: EstateEndpoints, tenants: readonly SandboxTenant[]): string {
  const { kubeconfig, postgres, redis, front } = endpoints;
  const quoted = JSON.stringify;
  return `# Written by \`till sandbox up\`; gone after \`till sandbox down\`.
apiVersion: till/v1
id: ${randomUUID()}
name: sandbox
mode: READ-WRITE

clusters:
  sandbox:
    context: till-sandbox
    kubeconfig: ${quoted(kubeconfig)}

postgres:
  pg-1:
    host: 127.0.0.1
    port: ${postgres.port}
    user: ${postgres.user}
    password: { file: ${quoted(postgres.passwordFile)} }
    tls: disable

redis:
  redis-1:
    host: 127.0.0.1
    port: ${redis.port}
    username: ${redis.user}
    password: { file: ${quoted(redis.passwordFile)} }

fronts:
  edge:
    address: 127.0.0.1:${front.port}
    tls: false

tiers:
  critical: { rpo: 5m, rto: 30m, replicas: { web: 3 }, backup: { every: 1h, keep: 30d }, approvals: 2 }
  standard: { rpo: 1h, rto: 4h, replicas: { web: 2 }, backup: { every: 6h, keep: 14d }, approvals: 1 }
  basic: { rpo: 1d, rto: 1d, replicas: { web: 1 }, backup: { every: 1d, keep: 7d } }

# Dedicated tenants: their workloads say who they are.
discover:
  - cluster: sandbox
    selector: app.kubernetes.io/name=odoo,till.dev/hosting=dedicated
    labels:
      tier: till.dev/tier
      environment: till.dev/environment
      retailer: till.dev/retailer
      timezone: till.dev/timezone
      currency: till.dev/currency
    defaults:
      hosting: dedicated
      postgres: pg-1
      database: "{tenant_}"
      redis: redis-1
      front: edge
      host: "{tenant}.sandbox.localhost"
${pooled(tenants)}`;
}

/** A pool's labels cannot tell its tenants apart, so they are listed. */
function pooled(tenants: readonly SandboxTenant[]): string {
  const shared = tenants.filter((tenant) => tenant.hosting === 'shared');
  if (shared.length === 0) {
    return '';
  }
  return `
# Tenants of a shared pool: one Deployment, a database each.
tenants:
${shared.map(listed).join('')}`;
}

function listed(tenant: SandboxTenant): string {
  return `  - name: ${tenant.name}
    hosting: shared
    retailer: ${tenant.retailer}
    environment: production
    tier: ${tenant.tier}
    timezone: ${tenant.timezone}
    currency: ${tenant.currency}
    cluster: sandbox
    namespace: ${tenant.namespace}
    selector: app.kubernetes.io/instance=${tenant.instance}
    postgres: pg-1
    database: ${tenant.database}
    redis: redis-1
    front: edge
    host: ${tenant.host}
`;
}
