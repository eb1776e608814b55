import { quotedIdentifier, quotedLiteral } from '#backups/quoted-sql.ts';
import type { Session } from '#systems/postgres/login.ts';

/** A transaction takes a lock for each object and its indexes; thousands of them would not fit in the server's table of locks. */
const atATime = 100;

/** Those whose owner follows that of something else (a serial's sequence, a table's row type), or an extension, are left out. */
const ownedSql = `SELECT i.type, i.identity FROM pg_shdepend s
CROSS JOIN LATERAL pg_identify_object(s.classid, s.objid, s.objsubid) AS i
WHERE s.deptype = 'o' AND s.refclassid = 'pg_authid'::regclass AND s.refobjid = (SELECT oid FROM pg_roles WHERE rolname = current_user)
  AND s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND i.type <> 'extension' AND i.identity NOT LIKE 'till\\_neutralised%'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = s.classid AND d.objid = s.objid AND d.deptype IN ('e', 'a', 'i'))
ORDER BY i.type, i.identity`;

const words: Readonly<Record<string, string>> = { 'statistics object': 'STATISTICS' };

/**
 * Everything in this database that its maker owns goes to another role, of which the maker is a member. Not REASSIGN OWNED: that
 * would give away every other database of the maker's too. In batches, each whole; what is done already is not there to be done again.
 * Returns how many objects there were.
 */
export async function giveAway(session: Session, owner: string): Promise<number> {
  const to = quotedIdentifier(owner);
  const rows = await session.query({
    text: `SELECT nspname AS name FROM pg_namespace JOIN pg_roles r ON r.rolname = current_user
WHERE nspname !~ '^(pg_|information_schema$|till_)' AND pg_has_role(r.oid, nspowner, 'USAGE')
  AND NOT has_schema_privilege($1::name, pg_namespace.oid, 'CREATE')`,
    values: [owner],
  });
  const schemas = rows.map(({ name }) => quotedIdentifier(String(name)));
  // Whoever gets an object must be able to make one there, at that moment.
  for (const schema of schemas) {
    await session.query({ text: `GRANT CREATE ON SCHEMA ${schema} TO ${to}` });
  }
  const owned = await session.query({ text: ownedSql });
  const give = async (some: typeof owned) => {
    for (let from = 0; from < some.length; from += atATime) {
      await session.query({ text: 'BEGIN' });
      for (const { type, identity } of some.slice(from, from + atATime)) {
        const kind = words[String(type)] ?? String(type).toUpperCase();
        await session.query({ text: `ALTER ${kind} ${String(identity)} OWNER TO ${to}` });
      }
      await session.query({ text: 'COMMIT' });
    }
  };
  // Schemas last: what is in one that is given away is out of the maker's reach.
  await give(owned.filter(({ type }) => type !== 'schema'));
  for (const schema of schemas) {
    await session.query({ text: `REVOKE CREATE ON SCHEMA ${schema} FROM ${to}` });
  }
  await give(owned.filter(({ type }) => type === 'schema'));
  return owned.length;
}

/** The rights that a live database gives to others than its owner, as statements for the one that takes its place. */
export interface Rights {
  /** By the maker, while it has the schemas: `public` belongs to whoever owns the database. */
  readonly onSchemas: readonly string[];
  /** By the owner, when the objects are its own. */
  readonly onObjects: readonly string[];
}

export async function rightsIn(session: Session, owner: string): Promise<Rights> {
  const rows = await session.query({ text: grantsSql, values: [owner] });
  const of = (isSchema: boolean) =>
    rows.filter(({ rank }) => (rank === 1) === isSchema).map(({ statement }) => String(statement));
  return { onSchemas: of(true), onObjects: of(false) };
}

const role = `CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END`;
const option = `CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END`;
const others = `g.grantee <> (SELECT oid FROM pg_roles WHERE rolname = $1::text)`;
const ours = `n.nspname !~ '^(pg_|information_schema$|till_)'`;

const grantsSql = `
SELECT format('GRANT %s ON SCHEMA %I TO %s%s', string_agg(DISTINCT g.privilege_type, ', '), n.nspname, ${role}, ${option}) AS statement, 1 AS rank
FROM pg_namespace n CROSS JOIN LATERAL aclexplode(n.nspacl) AS g WHERE ${ours} AND ${others} GROUP BY n.nspname, g.grantee, g.is_grantable
UNION ALL
SELECT format('GRANT %s ON %s %I.%I TO %s%s', string_agg(DISTINCT g.privilege_type, ', '), CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
  n.nspname, c.relname, ${role}, ${option}), 2
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL aclexplode(c.relacl) AS g
WHERE ${ours} AND ${others} AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') GROUP BY n.nspname, c.relname, c.relkind, g.grantee, g.is_grantable
UNION ALL
SELECT format('GRANT %s (%s) ON %I.%I TO %s%s', g.privilege_type, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum), n.nspname, c.relname, ${role}, ${option}), 3
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL aclexplode(a.attacl) AS g
WHERE ${ours} AND ${others} AND a.attnum > 0 AND NOT a.attisdropped GROUP BY n.nspname, c.relname, g.privilege_type, g.grantee, g.is_grantable
UNION ALL
SELECT format('REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC', p.oid::regprocedure), 4
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE ${ours} AND p.proacl IS NOT NULL AND NOT EXISTS (SELECT FROM aclexplode(p.proacl) AS g WHERE g.grantee = 0)
UNION ALL
SELECT format('GRANT EXECUTE ON ROUTINE %s TO %s%s', p.oid::regprocedure, ${role}, ${option}), 5
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace CROSS JOIN LATERAL aclexplode(p.proacl) AS g
WHERE ${ours} AND ${others} AND g.grantee <> 0
UNION ALL
SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %I%s GRANT %s ON %s TO %s%s', $1::text,
  CASE d.defaclnamespace WHEN 0 THEN '' ELSE ' IN SCHEMA ' || quote_ident(n.nspname) END, string_agg(DISTINCT g.privilege_type, ', '),
  CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES' ELSE 'SCHEMAS' END, ${role}, ${option}), 6
FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace CROSS JOIN LATERAL aclexplode(d.defaclacl) AS g
WHERE d.defaclrole = (SELECT oid FROM pg_roles WHERE rolname = $1::text) AND ${others} GROUP BY d.defaclnamespace, n.nspname, d.defaclobjtype, g.grantee, g.is_grantable
ORDER BY rank, statement`;

/**
 * Each in a subtransaction of its own: what cannot be granted (a table that is not there) is left out. Returns how many were.
 * As the session's role.
 */
export async function giveRights(session: Session, statements: readonly string[]): Promise<number> {
  if (statements.length === 0) {
    return 0;
  }
  const list = statements.map((statement) => quotedLiteral(statement)).join(', ');
  await session.query({
    text: `DO $till$
DECLARE one text; missed int := 0;
BEGIN
  FOREACH one IN ARRAY ARRAY[${list}]::text[] LOOP
    BEGIN
      EXECUTE one;
    EXCEPTION WHEN undefined_object OR undefined_table OR undefined_column OR undefined_function OR invalid_schema_name OR insufficient_privilege THEN
      missed := missed + 1;
    END;
  END LOOP;
  PERFORM set_config('till.missed', missed::text, false);
END $till$`,
  });
  const [row] = await session.query({ text: `SELECT current_setting('till.missed') AS missed` });
  return Number(row?.['missed'] ?? 0);
}
