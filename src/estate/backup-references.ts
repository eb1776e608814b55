import { suggest } from '#text/suggest.ts';
import type { Flaw, Path } from './problem.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Names in what is said of backups that lead nowhere. Read from the raw data, as references.ts does. */
export function backupFlaws(estate: Fields): readonly Flaw[] {
  const known = {
    store: Object.keys(record(estate['stores'])),
    'PostgreSQL server': Object.keys(record(estate['postgres'])),
    cluster: Object.keys(record(estate['clusters'])),
  };
  const leads = (path: Path, value: unknown, kind: keyof typeof known): readonly Flaw[] => {
    const names = known[kind];
    if (typeof value !== 'string' || names.includes(value)) {
      return [];
    }
    const meant = suggest(value, names);
    const list = names.length === 0 ? 'the estate names none' : `there is ${names.join(', ')}`;
    const hint = meant === undefined ? list : `did you mean "${meant}"?`;
    return [{ path, at: 'value', message: `there is no ${kind} "${value}"`, hint }];
  };
  const backups = record(estate['backups']);
  const others = Array.isArray(estate['otherBackups']) ? estate['otherBackups'] : [];
  return [
    ...leads(['backups', 'store'], backups['store'], 'store'),
    ...leads(['backups', 'recovery', 'postgres'], record(backups['recovery'])['postgres'], 'PostgreSQL server'),
    ...leads(
      ['backups', 'recovery', 'serve', 'cluster'],
      record(record(backups['recovery'])['serve'])['cluster'],
      'cluster',
    ),
    ...Object.entries(record(estate['postgres'])).flatMap(([server, fields]) =>
      leads(
        ['postgres', server, 'cloudnativepg', 'cluster'],
        record(record(fields)['cloudnativepg'])['cluster'],
        'cluster',
      ),
    ),
    ...leads(['backups', 'executor', 'cluster'], record(backups['executor'])['cluster'], 'cluster'),
    ...others.flatMap((other: unknown, index) =>
      leads(
        ['otherBackups', index, 'pgbackrest', 'postgres'],
        record(record(other)['pgbackrest'])['postgres'],
        'PostgreSQL server',
      ),
    ),
  ];
}

function record(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}
