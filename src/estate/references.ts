import { suggest } from '#text/suggest.ts';
import { backupFlaws } from './backup-references.ts';
import { ledgerFlaws } from './ledger-flaws.ts';
import type { Flaw, Path } from './problem.ts';
import { textFields } from './schema.ts';

// Read from the raw data, so that a file with a slip in one place still hears about the others.

type Fields = Readonly<Record<string, unknown>>;

export interface ReferenceOptions {
  /** Names of the signals there are; thresholds of others are then flaws. */
  readonly signals?: readonly string[];
}

/** What a schema cannot see: names that lead nowhere, things said twice, things that exclude each other. */
export function referenceFlaws(input: unknown, { signals }: ReferenceOptions = {}): readonly Flaw[] {
  const estate = record(input);
  const names = {
    cluster: Object.keys(record(estate['clusters'])),
    postgres: Object.keys(record(estate['postgres'])),
    redis: Object.keys(record(estate['redis'])),
    front: Object.keys(record(estate['fronts'])),
    tier: Object.keys(record(estate['tiers'])),
  };
  const section: Readonly<Record<keyof typeof names, string>> = {
    cluster: 'clusters',
    postgres: 'postgres',
    redis: 'redis',
    front: 'fronts',
    tier: 'tiers',
  };
  const kinds = Object.keys(section).filter((kind): kind is keyof typeof names => kind in names);

  const leads = (path: Path, value: unknown, kind: keyof typeof names): readonly Flaw[] => {
    if (typeof value !== 'string' || names[kind].includes(value)) {
      return [];
    }
    const meant = suggest(value, names[kind]);
    const known = names[kind].length === 0 ? `\`${section[kind]}\` names none` : `there is ${names[kind].join(', ')}`;
    const hint = meant === undefined ? known : `did you mean "${meant}"?`;
    return [{ path, at: 'value', message: `there is no ${words[kind]} "${value}"`, hint }];
  };
  const fields = (path: Path, value: unknown): readonly Flaw[] => [
    ...kinds.flatMap((kind) => leads([...path, kind], record(value)[kind], kind)),
    ...thresholds([...path, 'thresholds'], record(value)['thresholds']),
  ];
  const thresholds = (path: Path, value: unknown): readonly Flaw[] =>
    Object.keys(record(value))
      .filter((name) => signals !== undefined && !signals.includes(name))
      .map((name) => {
        const meant = suggest(name, signals ?? []);
        const hint = meant === undefined ? {} : { hint: `did you mean \`${meant}\`?` };
        return { path: [...path, name], at: 'key', message: 'there is no such signal', ...hint };
      });
  const reached = (path: Path, value: unknown): readonly Flaw[] => {
    const server = record(value);
    const both: readonly Flaw[] =
      server['via'] !== undefined && server['host'] !== undefined
        ? [{ path: [...path, 'via'], at: 'key', message: 'stands beside `host`', hint: 'keep the one way to reach it' }]
        : [];
    return [
      ...both,
      ...leads([...path, 'via', 'cluster'], record(server['via'])['cluster'], 'cluster'),
      ...leads([...path, 'password', 'secret', 'cluster'], secretCluster(server['password']), 'cluster'),
      ...leads(
        [...path, 'sentinel', 'password', 'secret', 'cluster'],
        secretCluster(record(server['sentinel'])['password']),
        'cluster',
      ),
    ];
  };

  return [
    ...entries(estate['postgres'], 'postgres').flatMap(([path, value]) => reached(path, value)),
    ...entries(estate['redis'], 'redis').flatMap(([path, value]) => reached(path, value)),
    ...entries(estate['fronts'], 'fronts').flatMap(([path, value]) => [...reached(path, value), ...wayIn(path, value)]),
    ...entries(estate['tiers'], 'tiers').flatMap(([path, value]) =>
      thresholds([...path, 'thresholds'], record(value)['thresholds']),
    ),
    ...entries(estate['tenants'], 'tenants').flatMap(([path, value]) => fields(path, value)),
    ...twins(estate['tenants']),
    ...ledgerFlaws(estate),
    ...entries(estate['discover'], 'discover').flatMap(([path, value]) => [
      ...leads([...path, 'cluster'], record(value)['cluster'], 'cluster'),
      ...leads([...path, 'postgres'], record(value)['postgres'], 'postgres'),
      ...fields([...path, 'defaults'], record(value)['defaults']),
      ...labelFields([...path, 'labels'], record(value)['labels']),
      ...placeholders([...path, 'defaults'], record(value)['defaults']),
    ]),
    ...backupFlaws(estate),
    ...entries(estate['calendar'], 'calendar').flatMap(([path, value]) => [
      ...backwards(path, record(value)),
      ...list(record(record(value)['scope'])['tiers']).flatMap((tier, index) =>
        leads([...path, 'scope', 'tiers', index], tier, 'tier'),
      ),
    ]),
  ];
}

const words = {
  cluster: 'cluster',
  postgres: 'PostgreSQL server',
  redis: 'Redis server',
  front: 'front',
  tier: 'tier',
} as const;

function wayIn(path: Path, value: unknown): readonly Flaw[] {
  const { address, via } = record(value);
  if (address === undefined && via === undefined) {
    return [{ path, at: 'key', message: 'has neither `address` nor `via`', hint: 'say how it is reached' }];
  }
  return address !== undefined && via !== undefined
    ? [{ path: [...path, 'via'], at: 'key', message: 'stands beside `address`', hint: 'keep the one way to reach it' }]
    : [];
}

/** Two tenants of one name, or two names for one database: whatever is done to one would be done to the other. */
function twins(tenants: unknown): readonly Flaw[] {
  const names = new Map<string, number>();
  const databases = new Map<string, string>();
  return list(tenants).flatMap((tenant, index): readonly Flaw[] => {
    const { name, postgres, database } = record(tenant);
    const flaws: Flaw[] = [];
    if (typeof name === 'string') {
      const first = names.get(name);
      if (first !== undefined) {
        const hint = `it stands at tenants[${first}] already: keep one, or rename one`;
        flaws.push({ path: ['tenants', index, 'name'], at: 'value', message: `"${name}" is listed twice`, hint });
      }
      names.set(name, first ?? index);
    }
    if (typeof name === 'string' && typeof postgres === 'string' && typeof database === 'string') {
      const key = JSON.stringify([postgres, database]);
      const other = databases.get(key);
      if (other !== undefined && other !== name) {
        const message = `"${database}" on "${postgres}" is the database of "${other}" already`;
        flaws.push({ path: ['tenants', index, 'database'], at: 'value', message, hint: 'a tenant is one database' });
      }
      databases.set(key, other ?? name);
    }
    return flaws;
  });
}

function labelFields(path: Path, labels: unknown): readonly Flaw[] {
  return Object.keys(record(labels))
    .filter((field) => !textFields.includes(field))
    .map((field) => {
      const meant = suggest(field, textFields);
      const hint = meant === undefined ? `there is ${textFields.join(', ')}` : `did you mean \`${meant}\`?`;
      return { path: [...path, field], at: 'key', message: 'a tenant has no such field', hint };
    });
}

function placeholders(path: Path, defaults: unknown): readonly Flaw[] {
  return Object.entries(record(defaults)).flatMap(([field, value]) =>
    (typeof value === 'string' ? (value.match(/\{[^{}]*\}/gu) ?? []) : [])
      .filter((placeholder) => placeholder !== '{tenant}' && placeholder !== '{tenant_}')
      .map((placeholder): Flaw => {
        const hint = 'there is {tenant}, and {tenant_} with - as _';
        return { path: [...path, field], at: 'value', message: `${placeholder} stands for nothing`, hint };
      }),
  );
}

function backwards(path: Path, { from, until }: Fields): readonly Flaw[] {
  return typeof from === 'string' && typeof until === 'string' && Date.parse(until) <= Date.parse(from)
    ? [{ path: [...path, 'until'], at: 'value', message: 'is not after `from`', hint: 'a span ends after it begins' }]
    : [];
}

function secretCluster(reference: unknown): unknown {
  return record(record(reference)['secret'])['cluster'];
}

function entries(value: unknown, key: string): readonly (readonly [Path, unknown])[] {
  return Array.isArray(value)
    ? value.map((one: unknown, index) => [[key, index], one] as const)
    : Object.entries(record(value)).map(([name, one]) => [[key, name], one] as const);
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function record(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}
