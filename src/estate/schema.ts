import * as v from 'valibot';
import { accessSchema, ledgerSchema, person } from './access-schema.ts';
import { backupsSchema, filestore, otherBackups, storeSchema, tierBackup } from './backup-schema.ts';
import {
  count,
  duration,
  host,
  hostAndPort,
  instant,
  labelSelector,
  name,
  port,
  secretReference,
  zone,
} from './values.ts';

/**
 * The schema of `estate.yaml`: the one description from which validation and the JSON Schema come.
 * Durations are written `90s`, `15m`, `4h`, `7d` and are seconds inside; names are DNS labels, as Kubernetes spells them.
 */

/** Reach a Service through the cluster's API (port-forward), for a bastion that cannot see a ClusterIP. */
export const via = v.strictObject({
  cluster: name,
  namespace: v.string(),
  service: v.string(),
  port,
});

const minterWords = 'Who makes and ends the credentials of grants there (`till manifests access`)';

const cluster = v.strictObject({
  context: v.pipe(v.string(), v.description('A context of the kubeconfig')),
  kubeconfig: v.pipe(v.optional(v.string()), v.description('Its file; KUBECONFIG or ~/.kube/config when left out')),
  namespaces: v.pipe(
    v.optional(v.array(v.string())),
    v.description('Watch only these; else the whole cluster, and on 403 the namespaces of known tenants'),
  ),
  minter: v.pipe(
    v.optional(v.strictObject({ context: v.optional(v.string()), kubeconfig: v.optional(v.string()) })),
    v.description(minterWords),
  ),
});

/** A login beside the everyday one, for one purpose. */
const login = v.strictObject({ user: v.string(), password: v.optional(secretReference) });

const patroni = v.strictObject({
  urls: v.pipe(
    v.array(v.pipe(v.string(), v.url('a URL, such as `https://pg-eu-1a:8008`'))),
    v.minLength(1, 'at least one member'),
    v.description('REST APIs of its members; any that answers is asked'),
  ),
  username: v.optional(v.string()),
  password: v.optional(secretReference),
  ca: v.optional(v.string()),
});

const cloudnativepg = v.strictObject({
  cluster: v.pipe(name, v.description('A cluster of `clusters:`')),
  namespace: v.string(),
  name: v.pipe(v.string(), v.description('The Cluster of postgresql.cnpg.io')),
});

const postgresTls = v.picklist(['disable', 'require', 'verify-ca', 'verify-full']);

const postgresServer = v.strictObject({
  host: v.optional(host, '127.0.0.1'),
  port: v.optional(port, 5432),
  via: v.optional(via),
  user: v.string(),
  password: v.optional(secretReference),
  tls: v.optional(postgresTls, 'verify-full'),
  ca: v.optional(v.string()),
  database: v.pipe(
    v.optional(v.string(), 'postgres'),
    v.description('The maintenance database that server-wide views are read from'),
  ),
  minter: v.pipe(v.optional(login), v.description(minterWords)),
  backup: v.pipe(v.optional(login), v.description('The login that pg_dump reads with: a member of pg_read_all_data')),
  restore: v.pipe(
    v.optional(login),
    v.description('The login that makes databases on this server: CREATEDB, and not the role that Odoo logs in with'),
  ),
  patroni: v.pipe(v.optional(patroni), v.description('Who switches over here')),
  cloudnativepg: v.pipe(v.optional(cloudnativepg), v.description('Who switches over here')),
});

const redisServer = v.strictObject({
  host: v.optional(host, '127.0.0.1'),
  port: v.optional(port, 6379),
  via: v.optional(via),
  username: v.optional(v.string()),
  password: v.optional(secretReference),
  tls: v.optional(v.boolean(), false),
  ca: v.optional(v.string()),
  sentinel: v.optional(
    v.strictObject({
      master: v.string(),
      hosts: v.pipe(v.array(hostAndPort), v.minLength(1, 'a list of at least one host:port')),
      password: v.optional(secretReference),
    }),
  ),
  holds: v.pipe(
    v.optional(v.picklist(['sessions', 'cache', 'queue']), 'sessions'),
    v.description('Decides what an eviction means: sessions evicted are users logged out'),
  ),
  minter: v.pipe(
    v.optional(v.strictObject({ username: v.string(), password: v.optional(secretReference) })),
    v.description(minterWords),
  ),
});

/** An HTTP entry (Traefik, or a Service): the address that is asked with each tenant's Host and SNI. */
const front = v.strictObject({
  address: v.pipe(v.optional(hostAndPort), v.description("Asked with each tenant's Host and SNI")),
  via: v.optional(via),
  tls: v.optional(v.boolean(), true),
  ca: v.optional(v.string()),
});

/** A bound is written as a number in the signal's unit, or as a duration, which is then brought into that unit. */
const bound = v.union(
  [
    v.number(),
    v.pipe(
      duration,
      v.transform((seconds) => ({ seconds })),
    ),
  ],
  'a number, or a duration such as `15m`',
);

export const thresholdOverrides = v.record(
  v.string(),
  v.strictObject({ warn: v.optional(bound), critical: v.optional(bound) }),
);

const tier = v.strictObject({
  rpo: v.optional(duration),
  rto: v.optional(duration),
  replicas: v.optional(v.record(v.string(), count)),
  backup: v.optional(tierBackup),
  approvals: v.optional(count, 0),
  thresholds: v.optional(thresholdOverrides, {}),
});

const environment = v.picklist(['production', 'staging', 'development', 'recovery']);
const hosting = v.picklist(['dedicated', 'shared']);

/** What a tenant may say of itself; `discover` uses the same words as defaults for what it finds. */
const tenantFields = {
  retailer: v.optional(v.string()),
  environment: v.optional(environment),
  tier: v.optional(name),
  hosting: v.optional(hosting),
  timezone: v.optional(zone),
  currency: v.optional(v.pipe(v.string(), v.regex(/^[A-Z]{3}$/, 'an ISO 4217 code, such as `EUR`'))),
  cluster: v.optional(name),
  namespace: v.optional(v.string()),
  selector: v.pipe(
    v.optional(labelSelector),
    v.description('Which workloads serve it, as a Kubernetes label selector'),
  ),
  postgres: v.optional(name),
  database: v.optional(v.string()),
  redis: v.optional(name),
  front: v.optional(name),
  host: v.pipe(v.optional(v.string()), v.description('The Host that its users type')),
  filestore: v.optional(filestore),
  thresholds: v.pipe(v.optional(thresholdOverrides, {}), v.description('Bounds by signal, before those of the tier')),
};

/** The fields that a label can fill in or a default can spell. */
export const textFields: readonly string[] = Object.keys(tenantFields).filter(
  (field) => field !== 'thresholds' && field !== 'filestore',
);

const tenant = v.strictObject({ name, ...tenantFields });

/** Tenants found by label selector in a cluster, or by database name on a server. `{tenant}` in a default is the name found. */
const discover = v.union([
  v.strictObject({
    cluster: name,
    selector: labelSelector,
    nameFrom: v.pipe(
      v.optional(v.string(), 'app.kubernetes.io/instance'),
      v.description('The label whose value names the tenant'),
    ),
    labels: v.pipe(
      v.optional(v.record(v.string(), v.string()), {}),
      v.description('Fields read from labels of the workload or its namespace: `tier: till.dev/tier`'),
    ),
    defaults: v.optional(v.strictObject(tenantFields), {}),
  }),
  v.strictObject({
    postgres: name,
    databases: v.pipe(v.string(), v.description('A glob over database names: `*_prod`')),
    defaults: v.optional(v.strictObject(tenantFields), {}),
  }),
]);

const calendarEntry = v.strictObject({
  name,
  from: instant,
  until: instant,
  timezone: v.optional(zone),
  scope: v.pipe(
    v.optional(
      v.strictObject({
        tiers: v.optional(v.array(name)),
        environments: v.optional(v.array(environment)),
        tenants: v.optional(v.array(name)),
      }),
    ),
    v.description('Which tenants it covers; all when left out'),
  ),
  reason: v.optional(v.string()),
});

export const estateSchema = v.strictObject({
  apiVersion: v.literal('till/v1'),
  id: v.pipe(
    v.string(),
    v.uuid('a UUID; `till estate init` makes one'),
    v.description('Never change it: the ledger and what till keeps on disk belong to it'),
  ),
  name,
  mode: v.pipe(
    v.optional(v.picklist(['READ-ONLY', 'READ-WRITE']), 'READ-ONLY'),
    v.description('READ-WRITE lets people act without a grant'),
  ),
  clusters: v.optional(v.record(name, cluster), {}),
  postgres: v.optional(v.record(name, postgresServer), {}),
  redis: v.optional(v.record(name, redisServer), {}),
  fronts: v.optional(v.record(name, front), {}),
  tiers: v.optional(v.record(name, tier), {}),
  people: v.optional(v.array(person), []),
  stores: v.optional(v.record(name, storeSchema), {}),
  backups: v.optional(backupsSchema),
  otherBackups: v.optional(v.array(otherBackups)),
  ledger: v.pipe(v.optional(ledgerSchema), v.description('A file of this user on this host when left out')),
  access: v.pipe(
    v.optional(accessSchema),
    v.description('Proposed into the ledger with `till access policy propose`; in force only from there'),
  ),
  calendar: v.optional(v.array(calendarEntry), []),
  tenants: v.optional(v.array(tenant), []),
  discover: v.optional(v.array(discover), []),
});

export type EstateFile = v.InferOutput<typeof estateSchema>;
export type Cluster = EstateFile['clusters'][string];
export type PostgresServer = EstateFile['postgres'][string];
export type RedisServer = EstateFile['redis'][string];
export type Front = EstateFile['fronts'][string];
export type CalendarEntry = EstateFile['calendar'][number];
export type TenantEntry = EstateFile['tenants'][number];
export type Discover = EstateFile['discover'][number];
export type SecretReference = v.InferOutput<typeof secretReference>;
export type Filestore = v.InferOutput<typeof filestore>;
export type Store = v.InferOutput<typeof storeSchema>;
export type Via = v.InferOutput<typeof via>;
export type ThresholdOverrides = v.InferOutput<typeof thresholdOverrides>;
export type Environment = v.InferOutput<typeof environment>;
export type Hosting = v.InferOutput<typeof hosting>;
