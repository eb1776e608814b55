/**
 * What is kept, and that it stays. `entry.line` is the text that is hashed; `doc` is made of it by the server, so that what
 * people query cannot drift from what is proven (facts: access-audit.md §2.4). A state table has one row for each member
 * of a map in state.ts, `doc` being that member, and `pos` its place in the map.
 */
export const stateTables = [
  'operations',
  'freezes',
  'incidents',
  'requests',
  'grants',
  'locks',
  'policies',
  'proposals',
  'keys',
  'epochs',
] as const;

export const tables = `
CREATE TABLE till_ledger.schema_version (
  version integer PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  by text NOT NULL DEFAULT session_user
);

CREATE TABLE till_ledger.head (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  seq bigint NOT NULL,
  hash text NOT NULL,
  at timestamptz NOT NULL,
  version bigint NOT NULL,
  estate text,
  pruned bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 10);
INSERT INTO till_ledger.head (seq, hash, at, version)
VALUES (0, repeat('0', 64), '-infinity', 0);

-- Holds nothing: whoever writes locks it, and so waits in line.
CREATE TABLE till_ledger.turn (nothing boolean);

CREATE TABLE till_ledger.entry (
  seq bigint PRIMARY KEY CHECK (seq > 0),
  id text NOT NULL UNIQUE,
  at timestamptz NOT NULL,
  behind_ms integer,
  login text NOT NULL,
  prev text NOT NULL UNIQUE CHECK (prev ~ '^[0-9a-f]{64}$'),
  hash text NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'),
  line text NOT NULL CHECK (octet_length(line) <= 70000),
  doc jsonb GENERATED ALWAYS AS (line::jsonb) STORED
);
-- Line and document side by side in the row: taking them apart costs more than it saves.
ALTER TABLE till_ledger.entry SET (toast_tuple_target = 8160);
COMMENT ON COLUMN till_ledger.entry.behind_ms IS 'by how much the server''s clock was behind the entry before';
CREATE INDEX entry_operation ON till_ledger.entry ((doc #>> '{entry,operation}'), seq)
  WHERE (doc #>> '{entry,operation}') IS NOT NULL;
CREATE INDEX entry_incident ON till_ledger.entry ((doc #>> '{entry,incident}'), seq)
  WHERE (doc #>> '{entry,incident}') IS NOT NULL;
CREATE INDEX entry_grant ON till_ledger.entry ((doc #>> '{entry,grant}'), seq)
  WHERE (doc #>> '{entry,grant}') IS NOT NULL;
CREATE UNIQUE INDEX entry_spooled ON till_ledger.entry ((doc #>> '{entry,spooled,hash}'))
  WHERE (doc #>> '{entry,spooled,hash}') IS NOT NULL;

${stateTables
  .map(
    (name) =>
      `CREATE TABLE till_ledger.${name} (key text PRIMARY KEY, pos bigint NOT NULL, doc jsonb NOT NULL);\nALTER TABLE till_ledger.${name} SET (fillfactor = 70);`,
  )
  .join('\n')}

CREATE TABLE till_ledger.leases (
  operation text PRIMARY KEY,
  login text NOT NULL,
  holder text NOT NULL,
  about jsonb NOT NULL,
  renewals integer NOT NULL,
  heartbeat timestamptz NOT NULL,
  grace_ms integer NOT NULL
) WITH (fillfactor = 50);
`;

/** On for replicas' role too: \`session_replication_role\` passes ordinary triggers by (facts: access-audit.md §2.8). */
export const guards = `
CREATE OR REPLACE FUNCTION till_ledger.deny() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $till$
BEGIN
  IF tg_op = 'DELETE' AND tg_level = 'ROW' AND old.seq <= (SELECT pruned FROM till_ledger.head) THEN
    RETURN old;
  END IF;
  RAISE EXCEPTION '%.% only grows: % is not possible', tg_table_schema, tg_table_name, tg_op USING ERRCODE = '42501';
END $till$;
DROP TRIGGER IF EXISTS only_grows ON till_ledger.entry;
DROP TRIGGER IF EXISTS only_grows_whole ON till_ledger.entry;
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE ON till_ledger.entry
  FOR EACH ROW EXECUTE FUNCTION till_ledger.deny();
CREATE TRIGGER only_grows_whole BEFORE TRUNCATE ON till_ledger.entry
  FOR EACH STATEMENT EXECUTE FUNCTION till_ledger.deny();
ALTER TABLE till_ledger.entry ENABLE ALWAYS TRIGGER only_grows;
ALTER TABLE till_ledger.entry ENABLE ALWAYS TRIGGER only_grows_whole;
`;
