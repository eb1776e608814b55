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

/** Who is in it, our own sessions left out. */
export async function sessionsIn(session: Pick<Session, 'query'>, database: string): Promise<readonly string[]> {
  const rows = await session.query({
    text: `SELECT coalesce(usename, backend_type) AS who FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()`,
    values: [database],
  });
  return rows.map(({ who }) => String(who));
}

/** Ends every session in it that we may end; returns how many there were. */
export async function endSessions(session: Pick<Session, 'query'>, database: string): Promise<number> {
  const rows = await session.query({
    text: `SELECT pg_terminate_backend(pid) AS done FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()`,
    values: [database],
  });
  return rows.length;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
