/**
 * What a database is made of, counted the same way at the backup and after the restore. Left out: what is not in a dump (broken
 * indexes), what newer servers list on top (NOT NULL as a constraint, from 18), and till's own schema.
 */
export const catalogueSql = `SELECT
  count(*) FILTER (WHERE c.relkind IN ('r', 'p'))::int AS tables,
  count(*) FILTER (WHERE c.relkind IN ('i', 'I') AND i.indisvalid)::int AS indexes,
  (SELECT count(*)::int FROM pg_constraint k JOIN pg_namespace s ON s.oid = k.connamespace
    WHERE s.nspname !~ '^(pg_|information_schema$|till_)' AND k.contype <> 'n') AS constraints,
  coalesce(array_agg(c.relname::text ORDER BY c.relname) FILTER (WHERE NOT i.indisvalid), '{}') AS invalid
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_index i ON i.indexrelid = c.oid
WHERE n.nspname !~ '^(pg_|information_schema$|till_)'`;
