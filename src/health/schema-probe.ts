import type { Query, Row } from '#systems/postgres/server.ts';
import type { DatabaseQuery, Schema } from './signal.ts';

/** Every column that any of the queries may touch, by table. */
export function columnsOf(queries: Iterable<DatabaseQuery<unknown>>): ReadonlyMap<string, ReadonlySet<string>> {
  const tables = new Map<string, Set<string>>();
  for (const query of queries) {
    for (const [table, columns] of Object.entries(query.columns)) {
      const known = tables.get(table) ?? new Set();
      for (const column of columns) {
        known.add(column);
      }
      tables.set(table, known);
    }
  }
  return tables;
}

/**
 * One read of the catalogue: which of these tables' columns are there, of what type, and may we read them. The catalogue
 * is open to every role, so what is there and forbidden can be told from what is not there (facts: odoo.md, rule 1).
 */
export function schemaQuery(tables: ReadonlyMap<string, ReadonlySet<string>>): Query {
  return {
    text: `SELECT c.relname::text AS table, a.attname::text AS column, format_type(a.atttypid, NULL) AS type,
  has_column_privilege(c.oid, a.attnum, 'SELECT') AS readable
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relname = ANY($1::name[])`,
    values: [[...tables.keys()]],
  };
}

export function schemaOf(rows: readonly Row[]): Schema {
  const tables = new Map<string, Map<string, { type: string; readable: boolean }>>();
  for (const row of rows) {
    const columns = tables.get(String(row['table'])) ?? new Map();
    columns.set(String(row['column']), { type: String(row['type']), readable: row['readable'] === true });
    tables.set(String(row['table']), columns);
  }
  return {
    has: (table) => tables.has(table),
    hasColumns: (table, ...columns) => columns.every((column) => tables.get(table)?.has(column) ?? false),
    typeOf: (table, column) => tables.get(table)?.get(column)?.type ?? null,
    forbidden: (table, columns) => columns.filter((column) => tables.get(table)?.get(column)?.readable === false),
  };
}
