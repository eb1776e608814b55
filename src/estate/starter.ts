import { asName } from './from-context.ts';
import type { KubeContext } from './kubeconfig.ts';

export interface StarterOptions {
  readonly id: string;
  readonly name: string;
  readonly contexts: readonly KubeContext[];
  /** Names of the contexts that become clusters; the others are listed as comments. */
  readonly chosen: readonly string[];
}

/** An estate file to begin with: valid as it stands, every section explained, what has to be filled in as comments. */
export function starterText({ id, name, contexts, chosen }: StarterOptions): string {
  const used = contexts.filter((context) => chosen.includes(context.name));
  const first = used[0];
  const names = clusterNames(contexts);
  const cluster = first === undefined ? 'eu-prod' : (names[contexts.indexOf(first)] ?? 'eu-prod');
  const clusters = contexts
    .map((context, index) => clusterLines(names[index] ?? context.name, context, chosen.includes(context.name)))
    .join('');
  return `# The estate of till: what there is, and how it is reached. Check it with: till estate check
# Lines that begin with # and no space are examples: take the # away to use them.
# Secrets never stand here; they are named: {env: NAME}, {file: PATH} or {secret: {cluster, namespace, name, key}}.
apiVersion: till/v1
id: ${id} # never change it: the ledger and what till keeps on disk belong to it
name: ${name}
mode: READ-ONLY # READ-WRITE lets people act without a grant

# Clusters, each by a context of your kubeconfig.
clusters:${used.length === 0 ? ' {}' : ''}
${clusters}
# PostgreSQL servers. The monitoring role needs what \`till estate grants\` prints.
#postgres:
#  pg-1:
#    host: pg-1.internal
#    user: till_monitor
#    password: { env: TILL_PG_PASSWORD }
#    tls: verify-full
#  pg-2: # reached through the cluster's API, where a bastion cannot see the Service
#    via: { cluster: ${cluster}, namespace: databases, service: pg-2, port: 5432 }
#    user: till_monitor
#    password: { secret: { cluster: ${cluster}, namespace: databases, name: till-monitor, key: password } }

# Redis: holds sessions, cache or queue; that decides what an eviction means.
#redis:
#  redis-1:
#    host: redis-1.internal
#    username: till_monitor
#    password: { file: ./redis-password }
#    holds: sessions

# HTTP entries that are asked with each tenant's Host.
#fronts:
#  edge:
#    address: 10.0.0.7:443

# Service classes: how much may be lost, how long it may take, and thresholds of their own.
tiers:
  critical:
    rpo: 15m
    rto: 1h
  standard:
    rpo: 4h
    rto: 8h

# Tenants found by label in a cluster, or by database name on a server ...
${
  first === undefined
    ? `#discover:
#  - cluster: ${cluster}
#    selector: app.kubernetes.io/name=odoo`
    : `discover:
  - cluster: ${cluster}
    selector: app.kubernetes.io/name=odoo`
}
#    nameFrom: app.kubernetes.io/instance
#    labels: { tier: till.dev/tier, environment: till.dev/environment, retailer: till.dev/retailer }
#    defaults: { postgres: pg-1, database: "{tenant}", redis: redis-1, front: edge, host: "{tenant}.example.com" }

# ... or listed. What is listed wins over what is found.
#tenants:
#  - name: harbour-shoes
#    retailer: harbour
#    environment: production
#    tier: critical
#    timezone: Europe/Stockholm
#    currency: SEK
#    cluster: ${cluster}
#    namespace: harbour-shoes
#    postgres: pg-1
#    database: harbour_shoes
#    redis: redis-1
#    front: edge
#    host: shop.harbour.example
`;
}

/** Two contexts may shorten to one name (a cluster of that name in two regions); the later ones get a number. */
function clusterNames(contexts: readonly KubeContext[]): readonly string[] {
  const taken = new Map<string, number>();
  return contexts.map(({ name }) => {
    const short = asName(name);
    const count = (taken.get(short) ?? 0) + 1;
    taken.set(short, count);
    return count === 1 ? short : asName(`${short.slice(0, 58)}-${count}`);
  });
}

function clusterLines(cluster: string, { name, server, namespace }: KubeContext, isUsed: boolean): string {
  const about = [server, namespace === null ? null : `namespace ${namespace}`].filter((part) => part !== null);
  const note = about.length === 0 ? '' : ` # ${about.join(', ').replace(/\s+/gu, ' ')}`;
  return [`${cluster}:${note}`, `  context: ${JSON.stringify(name)}`]
    .map((line) => `${isUsed ? '  ' : '#  '}${line}\n`)
    .join('');
}
