import type { Session } from '#systems/postgres/login.ts';
import type { Rule } from './rule.ts';

export interface Column {
  readonly kind: 'text' | 'boolean' | 'other';
  readonly isNullable: boolean;
}

/** Tables of the schema `public` with their columns. */
export type Columns = ReadonlyMap<string, ReadonlyMap<string, Column>>;

export async function columnsOf(session: Session): Promise<Columns> {
  const rows = await session.query({
    text: `SELECT c.relname AS "table", a.attname AS name, a.attnotnull AS required, format_type(a.atttypid, NULL) AS type
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
WHERE c.relkind IN ('r', 'p') ORDER BY c.relname, a.attnum`,
  });
  const tables = new Map<string, Map<string, Column>>();
  for (const { table, name, required, type } of rows) {
    const columns = tables.get(String(table)) ?? new Map<string, Column>();
    tables.set(String(table), columns.set(String(name), { kind: kindOf(String(type)), isNullable: required !== true }));
  }
  return tables;
}

export function tablesOf(table: Rule['table'], columns: Columns): readonly string[] {
  if (typeof table === 'string') {
    return columns.has(table) ? [table] : [];
  }
  const pattern = new RegExp(table.like);
  return [...columns.keys()].filter((name) => pattern.test(name));
}

function kindOf(type: string): Column['kind'] {
  if (type === 'character varying' || type === 'text') {
    return 'text';
  }
  return type === 'boolean' ? 'boolean' : 'other';
}
