import type { ServerQuery } from '../signal.ts';

export interface DatabaseUse {
  readonly name: string;
  /** Backends of others than till: somebody, or Odoo for somebody, is at work there. */
  readonly sessions: number;
}

/**
 * The server's databases and whether anybody uses them: for finding tenants, and for not waking those asleep. What till has restored,
 * or keeps since a swap, is no tenant: its comment says so, and before it has one its name does (src/backups/database-mark.ts).
 */
export const databasesQuery: ServerQuery<readonly DatabaseUse[]> = {
  name: 'databases',
  every: 15,
  deadlineMs: 2000,
  query: () => ({
    text: `SELECT d.datname::text AS name, count(a.pid)::int AS sessions
FROM pg_database d
LEFT JOIN pg_stat_activity a ON a.datid = d.oid AND a.backend_type = 'client backend' AND a.application_name NOT LIKE 'till%'
WHERE NOT d.datistemplate AND d.datallowconn AND d.datname !~ '(^|_)till_[0-9a-hjkmnp-tv-z]{26}$'
  AND coalesce(shobj_description(d.oid, 'pg_database'), '') NOT LIKE '{"till":%'
GROUP BY 1 ORDER BY 1`,
  }),
  parse: (rows) => rows.map((row) => ({ name: String(row['name']), sessions: Number(row['sessions']) })),
};
