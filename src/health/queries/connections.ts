import type { ServerQuery } from '../signal.ts';
import { asMonitor } from './monitor.ts';
import { countAt, flagAt, numberAt, textAt } from './row.ts';

/** Places on a server and who takes them. Plain data: it may be kept on disk. */
export interface Connections {
  readonly used: number;
  /** `max_connections` without what only superusers, or the roles of 16's reserve, may take. */
  readonly usable: number;
  /** Databases with a session, with a limit of their own, or closed to everybody. */
  readonly databases: Readonly<Record<string, DatabaseConnections>>;
}

export interface DatabaseConnections {
  readonly used: number;
  /** `ALTER DATABASE … CONNECTION LIMIT`; null when there is none. */
  readonly limit: number | null;
  readonly open: boolean;
}

export const connections: ServerQuery<Connections> = {
  name: 'connections',
  every: 10,
  deadlineMs: 2000,
  query: (server) => asMonitor(server, text),
  parse(rows) {
    const first = rows[0] ?? {};
    const reserved = countAt(first, 'su_reserved') + countAt(first, 'reserved');
    const databases = rows.map((row): [string, DatabaseConnections] => {
      const limit = numberAt(row, 'datconnlimit');
      return [
        textAt(row, 'datname') ?? '',
        { used: countAt(row, 'used'), limit: limit === null || limit < 0 ? null : limit, open: flagAt(row, 'open') },
      ];
    });
    return {
      used: databases.reduce((sum, [, { used }]) => sum + used, 0),
      usable: Math.max(1, countAt(first, 'max') - reserved),
      databases: Object.fromEntries(databases),
    };
  },
};

// Our own session keeps at least one row there. facts: data-tier.md §1.4 Connections.
const text = `
  SELECT d.datname::text, d.datconnlimit::int, d.datallowconn AS open, count(a.pid)::int AS used,
    current_setting('max_connections')::int AS max,
    current_setting('superuser_reserved_connections')::int AS su_reserved,
    coalesce(current_setting('reserved_connections', true), '0')::int AS reserved
  FROM pg_database d
  LEFT JOIN pg_stat_activity a ON a.datid = d.oid AND a.backend_type = 'client backend'
  GROUP BY d.datname, d.datconnlimit, d.datallowconn, d.datistemplate
  HAVING count(a.pid) > 0 OR d.datconnlimit >= 0 OR NOT (d.datallowconn OR d.datistemplate)`;
