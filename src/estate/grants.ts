import { clean } from '#text/clean.ts';
import { quotedName, quotedText } from './quoted.ts';

// What the monitoring role may do: read the server's statistics, and in each tenant's database the columns that signals
// ask for, one by one (facts: data-tier.md §1.2, odoo.md §3.5). Tables and columns that a database lacks are passed over, so
// that one script serves Odoo 15 to 19 with any modules.

export interface GrantsOptions {
  /** The login of the monitor. */
  readonly role: string;
  /** Columns by table, all in the schema `public`. */
  readonly tables: Readonly<Record<string, readonly string[]>>;
  /** Connections the role may hold on one server; each running till takes up to three. */
  readonly connections?: number;
  /** For who also acts: the role may cancel queries and end sessions, though not those of a superuser. */
  readonly operator?: boolean;
}

/** Statements in order: once on each server, and in each tenant's database. Each may be run again. */
export interface Grants {
  readonly server: readonly string[];
  readonly database: readonly string[];
}

/** Columns that hold secrets or what people own; asking for one is a mistake in a signal. */
const secretColumn = /passw|secret|token|credential|private|smtp_user|smtp_pass|api_?key|totp|^db_datas$/u;
const secretPlaces: Readonly<Record<string, readonly string[]>> = { ir_config_parameter: ['value'] };

/** Throws when a column holds secrets: they are granted to nobody. */
export function grantsFor({ role, tables, connections = 12, operator = false }: GrantsOptions): Grants {
  const name = quotedName(role);
  const text = quotedText(role);
  return {
    server: [
      `DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${text}) THEN
    CREATE ROLE ${name} LOGIN;
  END IF;
END $$`,
      `ALTER ROLE ${name} CONNECTION LIMIT ${Math.trunc(connections)}`,
      `ALTER ROLE ${name} SET default_transaction_read_only = on`,
      `ALTER ROLE ${name} SET lock_timeout = '500ms'`,
      `ALTER ROLE ${name} SET idle_in_transaction_session_timeout = '10s'`,
      `GRANT pg_monitor TO ${name}`,
      ...(operator ? [`GRANT pg_signal_backend TO ${name}`] : []),
      `DO $$ BEGIN
  -- From PostgreSQL 16, and with reserved_connections set: the monitor gets in during a connection storm.
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'pg_use_reserved_connections') THEN
    GRANT pg_use_reserved_connections TO ${name};
  END IF;
END $$`,
    ],
    database: [
      `DO $$ BEGIN
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), ${text});
END $$`,
      `GRANT USAGE ON SCHEMA public TO ${name}`,
      `DO $$
DECLARE granted record;
BEGIN
  FOR granted IN
    SELECT found.relname, string_agg(quote_ident(wanted.column_name), ', ' ORDER BY wanted.column_name) AS columns
    FROM (VALUES
${valuesOf(tables)}
    ) AS wanted (table_name, column_name)
    JOIN pg_class found ON found.relname = wanted.table_name AND found.relkind IN ('r', 'p', 'v', 'm')
    JOIN pg_namespace place ON place.oid = found.relnamespace AND place.nspname = 'public'
    JOIN pg_attribute there ON there.attrelid = found.oid AND there.attname = wanted.column_name
      AND there.attnum > 0 AND NOT there.attisdropped
    GROUP BY found.relname
  LOOP
    EXECUTE format('GRANT SELECT (%s) ON public.%I TO %I', granted.columns, granted.relname, ${text});
  END LOOP;
END $$`,
    ],
  };
}

/** The same as one script for psql, with what to do before and after it. */
export function grantsSql(options: GrantsOptions): string {
  const { server, database } = grantsFor(options);
  return [
    options.operator === true
      ? '-- What the role of till needs to read, and to cancel queries and end sessions.'
      : '-- What the monitoring role of till needs; it reads, and nothing else.',
    '-- Run it as a superuser in each tenant database:',
    '--   till estate grants | psql -v ON_ERROR_STOP=1 -d DATABASE',
    `-- The role has no password yet. Give it one that stays out of your history:  \\password ${clean(options.role)}`,
    '',
    '-- On the server; nothing changes the second time.',
    ...server.map((statement) => `${statement};`),
    '',
    '-- In this database: only these columns, and only where they are there.',
    ...database.map((statement) => `${statement};`),
    '',
  ].join('\n');
}

/** One list of columns by table out of many, each column once, in alphabetical order. */
export function joinedTables(
  parts: readonly Readonly<Record<string, readonly string[]>>[],
): Readonly<Record<string, readonly string[]>> {
  const joined = new Map<string, Set<string>>();
  for (const [table, columns] of parts.flatMap((part) => Object.entries(part))) {
    joined.set(table, new Set([...(joined.get(table) ?? []), ...columns]));
  }
  return Object.fromEntries(
    [...joined].sort(([a], [b]) => compare(a, b)).map(([table, columns]) => [table, [...columns].sort(compare)]),
  );
}

function valuesOf(tables: GrantsOptions['tables']): string {
  const rows = Object.entries(tables).flatMap(([table, columns]) =>
    columns.map((column) => {
      if (secretColumn.test(column) || secretPlaces[table]?.includes(column) === true) {
        throw new Error(`${table}.${column} may hold secrets and is never granted`);
      }
      return `      (${quotedText(table)}, ${quotedText(column)})`;
    }),
  );
  // Without rows VALUES would not parse; this one matches nothing.
  return rows.length === 0 ? "      ('', '')" : rows.join(',\n');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
