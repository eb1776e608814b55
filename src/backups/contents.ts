import type { Query, Row } from '#systems/postgres/server.ts';
import type { Manifest } from './manifest.ts';

/**
 * What a database holds, counted the same way where it is dumped (in the dump's own snapshot) and where it has been restored, so
 * that the two can be held against each other (facts: odoo.md §4.3).
 */
export type Read = (query: Query) => Promise<readonly Row[]>;

export type CatalogueCounts = Pick<Manifest['database'], 'tables' | 'indexes' | 'constraints'>;
export type CountedTable = Manifest['database']['counted'][number];

/** Where a shop's money, stock and papers are; those that a database lacks are left out. */
export const keyTables: readonly string[] = [
  'account_move',
  'account_payment',
  'ir_attachment',
  'pos_order',
  'pos_session',
  'res_partner',
  'sale_order',
  'stock_move',
];

/** What a neutralised copy keeps in till's own schemas is no part of what was backed up. */
const userSchemas = "n.nspname !~ '^(pg_|till_)' AND n.nspname <> 'information_schema'";

/** Tables, indexes and constraints outside PostgreSQL's own schemas. Indexes that are not valid are in no dump. */
export async function catalogueCounts(read: Read): Promise<CatalogueCounts> {
  const [row] = await read({
    text: `SELECT count(*) FILTER (WHERE c.relkind IN ('r', 'p'))::int AS tables,
                  count(*) FILTER (WHERE c.relkind IN ('i', 'I') AND i.indisvalid)::int AS indexes,
                  (SELECT count(*)::int FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace
                    WHERE ${userSchemas} AND k.contype <> 'n') AS constraints
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             LEFT JOIN pg_index i ON i.indexrelid = c.oid
            WHERE ${userSchemas}`,
  });
  return {
    tables: Number(row?.['tables'] ?? 0),
    indexes: Number(row?.['indexes'] ?? 0),
    constraints: Number(row?.['constraints'] ?? 0),
  };
}

/** Rows, highest id and newest date of the key tables. */
export async function countedTables(read: Read): Promise<readonly CountedTable[]> {
  const columns = await read({
    text: `SELECT c.relname AS table, array_agg(a.attname::text) AS columns
             FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            WHERE c.relnamespace = to_regnamespace('public') AND c.relkind IN ('r', 'p') AND c.relname = ANY($1)
            GROUP BY 1 ORDER BY 1`,
    values: [keyTables],
  });
  const counted: CountedTable[] = [];
  for (const { table, columns: has } of columns) {
    const name = String(table);
    const known = new Set(Array.isArray(has) ? has.map(String) : []);
    const date = ['write_date', 'create_date'].find((column) => known.has(column));
    const [row] = await read({
      text: `SELECT count(*) AS rows, ${known.has('id') ? 'max(id)' : 'NULL::int'} AS id,
                    ${date === undefined ? 'NULL' : `to_char(max(${date}), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`} AS newest
               FROM public.${name}`,
    });
    const id = row?.['id'];
    const newest = row?.['newest'];
    counted.push({
      name,
      rows: Number(row?.['rows'] ?? 0),
      maxId: id === null || id === undefined ? null : Number(id),
      newest: typeof newest === 'string' ? newest : null,
    });
  }
  return counted;
}

/** Installed modules by version, and the series that `base` tells; nothing where it is no database of Odoo. */
export async function odooOf(read: Read): Promise<Pick<Manifest['odoo'], 'series' | 'modules'>> {
  const [has] = await read({ text: "SELECT to_regclass('public.ir_module_module') IS NOT NULL AS is_odoo" });
  const rows =
    has?.['is_odoo'] === true
      ? await read({
          text: "SELECT name, latest_version FROM public.ir_module_module WHERE state = 'installed' ORDER BY name",
        })
      : [];
  const modules = Object.fromEntries(rows.map((row) => [String(row['name']), String(row['latest_version'] ?? '')]));
  return { series: /^(?:saas~)?\d+\.\d+/.exec(modules['base'] ?? '')?.[0] ?? null, modules };
}
