import type { Estate, Tenant } from '#estate/estate.ts';
import type { Discover, Environment, Hosting, TenantEntry } from '#estate/schema.ts';
import { matchesGlob } from '#text/glob.ts';
import { parseSelector } from '#text/selector.ts';

/** What discovery looks at in a cluster: a workload, with the labels of its namespace behind its own. */
export interface LabelledObject {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What has been seen so far; a system that has not answered yet is absent, not empty. */
export interface Seen {
  readonly workloads: ReadonlyMap<string, readonly LabelledObject[]>;
  readonly namespaceLabels: ReadonlyMap<string, ReadonlyMap<string, Readonly<Record<string, string>>>>;
  readonly databases: ReadonlyMap<string, readonly string[]>;
}

type Fields = Partial<Omit<TenantEntry, 'name'>>;

const templates = new Set(['postgres', 'postgresql', 'template0', 'template1']);
const environments: readonly string[] = ['production', 'staging', 'development', 'recovery'];

/** Every tenant that the estate lists or that its `discover` entries find. What is listed wins over what is found. */
export function findTenants(estate: Estate, seen: Seen): readonly Tenant[] {
  const found = new Map<string, Fields>();
  for (const entry of estate.discover) {
    for (const [name, fields] of 'cluster' in entry ? inCluster(entry, seen) : onServer(entry, seen)) {
      found.set(name, { ...fields, ...found.get(name) });
    }
  }
  for (const { name, ...fields } of estate.tenants) {
    found.set(name, { ...found.get(name), ...given(fields) });
  }
  return [...found].map(([name, fields]) => complete(name, fields)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function* inCluster(entry: Extract<Discover, { cluster: string }>, seen: Seen): Iterable<[string, Fields]> {
  const selects = parseSelector(entry.selector);
  for (const workload of seen.workloads.get(entry.cluster) ?? []) {
    const name = workload.labels[entry.nameFrom];
    if (name === undefined || name === '' || !selects(workload.labels)) {
      continue;
    }
    const labels = { ...seen.namespaceLabels.get(entry.cluster)?.get(workload.namespace), ...workload.labels };
    yield [
      name,
      {
        ...filled(entry.defaults, name),
        ...fromLabels(entry.labels, labels),
        cluster: entry.cluster,
        namespace: workload.namespace,
        selector: `${entry.nameFrom}=${name}`,
      },
    ];
  }
}

function* onServer(entry: Extract<Discover, { postgres: string }>, seen: Seen): Iterable<[string, Fields]> {
  for (const database of seen.databases.get(entry.postgres) ?? []) {
    if (!templates.has(database) && matchesGlob(entry.databases, database)) {
      yield [database, { ...filled(entry.defaults, database), postgres: entry.postgres, database }];
    }
  }
}

/** Fields whose value stands in a label. A label with a word the field does not know is passed over. */
function fromLabels(fields: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): Fields {
  const read: Record<string, string> = {};
  for (const [field, label] of Object.entries(fields)) {
    const value = labels[label];
    if (value !== undefined && (field !== 'environment' || environments.includes(value))) {
      // A label value may not hold a slash, so zones are written Europe_Paris or Europe.Paris there.
      read[field] = field === 'timezone' ? value.replace(/[._]/, '/') : value;
    }
  }
  return read as Fields;
}

/** `{tenant}` in a default stands for the name found, `{tenant_}` for it as a database name (`-` becomes `_`). */
function filled(defaults: Fields, name: string): Fields {
  const fill = (value: unknown): unknown => {
    if (typeof value === 'string') {
      return value.replaceAll('{tenant}', name).replaceAll('{tenant_}', name.replaceAll('-', '_'));
    }
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).map(([field, held]) => [field, fill(held)]))
      : value;
  };
  return fill(defaults) as Fields;
}

function given(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields;
}

function complete(name: string, fields: Fields): Tenant {
  return {
    name,
    retailer: fields.retailer ?? null,
    environment: (fields.environment as Environment | undefined) ?? null,
    tier: fields.tier ?? null,
    hosting: (fields.hosting as Hosting | undefined) ?? 'dedicated',
    timezone: isZone(fields.timezone) ? fields.timezone : 'UTC',
    currency: fields.currency ?? null,
    cluster: fields.cluster ?? null,
    namespace: fields.namespace ?? null,
    selector: fields.selector ?? null,
    postgres: fields.postgres ?? null,
    database: fields.database ?? null,
    redis: fields.redis ?? null,
    front: fields.front ?? null,
    host: fields.host ?? null,
    ...(fields.filestore === undefined ? {} : { filestore: fields.filestore }),
    thresholds: fields.thresholds ?? {},
  };
}

function isZone(text: string | undefined): text is string {
  if (text === undefined) {
    return false;
  }
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}
