import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { BackupFolders } from './backups/folders.ts';
import { drillPlace } from './objects/drills.ts';
import { filestoreOf } from './odoo/filestore.ts';
import type { SandboxTenant } from './tenants.ts';

export interface EstateEndpoints {
  readonly kubeconfig: string;
  readonly postgres: { readonly port: number; readonly user: string; readonly passwordFile: string };
  readonly redis: { readonly port: number; readonly user: string; readonly passwordFile: string };
  readonly front: { readonly port: number };
  readonly backups: {
    readonly folders: BackupFolders;
    readonly backup: { readonly user: string; readonly passwordFile: string };
    readonly restore: { readonly user: string; readonly passwordFile: string };
    readonly recipient: string;
    readonly identityFile: string;
    readonly signingFile: string;
  };
}

/** The sandbox's estate.yaml. JSON strings are YAML strings, so quoting needs no library. */
export function estateYaml(endpoints: EstateEndpoints, tenants: readonly SandboxTenant[]): string {
  const quoted = JSON.stringify;
  const { kubeconfig, postgres, redis, front, backups } = endpoints;
  const { vault, filestore, recovery, programs } = backups.folders;
  const login = ({ user, passwordFile }: { readonly user: string; readonly passwordFile: string }) =>
    `user: ${user}, password: { file: ${quoted(passwordFile)} }`;
  const loginLines = ({ user, passwordFile }: { readonly user: string; readonly passwordFile: string }) =>
    `user: ${user}\n    password: { file: ${quoted(passwordFile)} }`;
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
    backup: { ${login(backups.backup)} }
    restore: { ${login(backups.restore)} }

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
  critical:
    { rpo: 1h, rto: 30m, replicas: { web: 3 }, approvals: 2, backup: { every: 30m, keep: 2d, drill: 7d,
        retain: { last: 24, daily: 14, weekly: 8, monthly: 12 } } }
  standard:
    { rpo: 4h, rto: 4h, replicas: { web: 2 }, approvals: 1, backup: { every: 2h, keep: 2d, drill: 30d,
        retain: { last: 8, daily: 14, weekly: 8, monthly: 3 } } }
  basic:
    { rpo: 1d, rto: 1d, replicas: { web: 1 }, backup: { every: 12h, keep: 2d, drill: 90d, retain: { daily: 7, weekly: 4 } } }

# Where backups lie, who can read them, and where a restore is rehearsed. Sealed for an age recipient, signed with Ed25519.
stores:
  vault: { folder: { path: ${quoted(vault)} } }
backups:
  store: vault
  recipients: [${backups.recipient}]
  identity: { file: ${quoted(backups.identityFile)} }
  signing: { file: ${quoted(backups.signingFile)} }
  recovery:
    postgres: pg-1
    ${loginLines(backups.restore)}
    filestore: ${quoted(recovery)}
    serve: { cluster: sandbox, namespace: ${drillPlace.namespace}, secret: ${drillPlace.secret} }
  programs: [${quoted(programs)}]

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
      filestore: { path: ${quoted(join(filestore, '{tenant_}'))} }
${pooled(tenants, filestore)}`;
}

/** A pool's labels cannot tell its tenants apart, so they are listed. */
function pooled(tenants: readonly SandboxTenant[], filestore: string): string {
  const shared = tenants.filter((tenant) => tenant.hosting === 'shared');
  if (shared.length === 0) {
    return '';
  }
  return `
# Tenants of a shared pool: one Deployment, a database each.
tenants:
${shared.map((tenant) => listed(tenant, filestore)).join('')}`;
}

function listed(tenant: SandboxTenant, filestore: string): string {
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
    filestore: { path: ${JSON.stringify(filestoreOf(filestore, tenant.database))} }
`;
}
