import { type DatabaseMark, markOf } from '#backups/database-mark.ts';
import { quotedIdentifier, quotedLiteral } from '#backups/quoted-sql.ts';
import type { Session } from '#systems/postgres/login.ts';

/** A database as its server lists it. */
export interface DatabaseRow {
  readonly name: string;
  readonly oid: string;
  readonly owner: string;
  readonly comment: string | null;
  readonly mark: DatabaseMark | null;
  readonly allowsConnections: boolean;
  readonly encoding: string;
  readonly collation: string;
}

/** By name; all of the server when none is given. */
export async function databasesOf(
  session: Pick<Session, 'query'>,
  names?: readonly string[],
): Promise<readonly DatabaseRow[]> {
  const rows = await session.query({
    text: `SELECT d.datname AS name, d.oid::text AS oid, pg_get_userbyid(d.datdba) AS owner, d.datallowconn AS allows,
  shobj_description(d.oid, 'pg_database') AS comment, pg_encoding_to_char(d.encoding) AS encoding, d.datcollate AS collation
FROM pg_database d WHERE $1::text[] IS NULL OR d.datname = ANY ($1::text[]) ORDER BY d.datname`,
    values: [names ?? null],
  });
  return rows.map(({ name, oid, owner, comment, allows, encoding, collation }) => ({
    ...{ name: String(name), oid: String(oid), owner: String(owner), allowsConnections: allows === true },
    ...{ comment: textOf(comment), mark: markOf(textOf(comment)) },
    ...{ encoding: String(encoding), collation: String(collation) },
  }));
}

export async function databaseNamed(session: Pick<Session, 'query'>, name: string): Promise<DatabaseRow | null> {
  return (await databasesOf(session, [name]))[0] ?? null;
}

export function commentSql(database: string, text: string | null): string {
  return `COMMENT ON DATABASE ${quotedIdentifier(database)} IS ${text === null ? 'NULL' : quotedLiteral(text)}`;
}

/** Who is in it, our own session left out. */
export async function clientsIn(
  session: Pick<Session, 'query'>,
  database: string,
): Promise<readonly { readonly user: string; readonly isSuperuser: boolean }[]> {
  const rows = await session.query({
    text: `SELECT a.usename AS user, r.rolsuper AS super ${clients}`,
    values: [database],
  });
  return rows.map(({ user, super: isSuperuser }) => ({ user: String(user), isSuperuser: isSuperuser === true }));
}

/** Ends every session in it that we may end; returns how many there were. A superuser's is another superuser's to end. */
export async function endSessions(session: Pick<Session, 'query'>, database: string): Promise<number> {
  const rows = await session.query({
    text: `SELECT pg_terminate_backend(a.pid) AS done ${clients}
  AND (NOT r.rolsuper OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user))`,
    values: [database],
  });
  return rows.length;
}

// What kind of backend somebody else's is, only members of pg_read_all_stats see.
const clients = `FROM pg_stat_activity a JOIN pg_roles r ON r.oid = a.usesysid
WHERE a.datname = $1 AND a.pid <> pg_backend_pid() AND coalesce(a.backend_type, 'client backend') IN ('client backend', 'walsender')`;

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
