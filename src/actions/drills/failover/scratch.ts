import { markText, scratchName } from '#backups/database-mark.ts';
import { quotedIdentifier } from '#backups/quoted-sql.ts';
import type { Operation } from '#systems/operation.ts';
import type { DatabaseLogin, Session } from '#systems/postgres/login.ts';
import { ReadFailure } from '#systems/source.ts';
import { instant } from '#text/clock.ts';
import { commentSql } from '../../recovery/databases.ts';

// The probe's own database on the server that is switched over, marked as every scratch database of a drill is.

export const table = 'acknowledged';

const statementMs = 30_000;

/** Throws WriteFailure. */
export async function makeScratch(
  login: DatabaseLogin,
  { tenant, maintenance, at }: { readonly tenant: string; readonly maintenance: string; readonly at: number },
  operation: Operation,
): Promise<string> {
  const database = scratchName(operation.id);
  const mark = markText({ till: 'scratch', operation: operation.id, tenant, backup: null, at: instant(at) });
  await inSession(login.writing(operation, maintenance, { statementMs }), async ({ query }) => {
    await query({ text: `CREATE DATABASE ${quotedIdentifier(database)} TEMPLATE template0` });
    await query({ text: commentSql(database, mark) });
    await query({ text: `REVOKE CONNECT ON DATABASE ${quotedIdentifier(database)} FROM PUBLIC` });
  });
  await inSession(login.writing(operation, database, { statementMs }), ({ query }) =>
    query({ text: `CREATE TABLE ${table} (n bigint PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp())` }),
  );
  return database;
}

/** The numbers that are there; none where the database itself did not come along. Throws ReadFailure. */
export async function rowsIn(login: DatabaseLogin, database: string): Promise<ReadonlySet<number>> {
  try {
    return await inSession(login.reading(database, { statementMs }), async ({ query }) => {
      const rows = await query({ text: `SELECT n::text AS n FROM ${table} ORDER BY n` });
      return new Set(rows.map(({ n }) => Number(n)));
    });
  } catch (error) {
    // No such database, no such table.
    if (error instanceof ReadFailure && (error.code === '3D000' || error.code === '42P01')) {
      return new Set();
    }
    throw error;
  }
}

async function inSession<T>(opening: Promise<Session>, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await opening;
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}
