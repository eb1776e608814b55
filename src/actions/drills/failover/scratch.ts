import type { Operation } from '#systems/operation.ts';
import type { DatabaseLogin, Session } from '#systems/postgres/login.ts';
import { ReadFailure } from '#systems/source.ts';
import { WriteFailure } from '#systems/write-failure.ts';
import { instant } from '#text/clock.ts';

// The probe's own database on the server that is switched over: made and dropped by the drill, and nobody else's.

export const table = 'acknowledged';

export interface Scratch {
  readonly login: DatabaseLogin;
  /** Where server-wide statements are sent: the estate's word for it. */
  readonly maintenance: string;
}

/** Throws WriteFailure. */
export async function makeScratch(
  { login, maintenance }: Scratch,
  mark: { readonly tenant: string; readonly at: number },
  operation: Operation,
): Promise<string> {
  const database = scratchName(operation.id);
  const comment = JSON.stringify({
    ...{ till: 'scratch', operation: operation.id, tenant: mark.tenant, backup: null, at: instant(mark.at) },
  });
  await inSession(login.writing(operation, maintenance, { statementMs }), async ({ query }) => {
    await query({ text: `CREATE DATABASE ${quoted(database)} TEMPLATE template0` });
    await query({ text: `COMMENT ON DATABASE ${quoted(database)} IS '${comment.replaceAll("'", "''")}'` });
    await query({ text: `REVOKE CONNECT ON DATABASE ${quoted(database)} FROM PUBLIC` });
  });
  await inSession(login.writing(operation, database, { statementMs }), ({ query }) =>
    query({ text: `CREATE TABLE ${table} (n bigint PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp())` }),
  );
  return database;
}

/** The numbers that are there; none where the database itself did not come along. Throws ReadFailure. */
export async function rowsIn({ login }: Scratch, database: string): Promise<ReadonlySet<number>> {
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

/** Drops what carries our mark, and looks whether it is gone. False: it was not there. Throws WriteFailure. */
export async function dropScratch(
  { login, maintenance }: Scratch,
  database: string,
  operation: Operation,
): Promise<boolean> {
  return await inSession(login.writing(operation, maintenance, { statementMs }), async ({ query }) => {
    const held = async () =>
      (
        await query({
          text: `SELECT shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE datname = $1`,
          values: [database],
        })
      )[0];
    const found = await held();
    if (found === undefined) {
      return false;
    }
    if (!isOurs(found['comment'], database)) {
      throw new WriteFailure('refused', `${database} does not carry till's mark, so it was left alone`);
    }
    await query({ text: `DROP DATABASE ${quoted(database)} WITH (FORCE)` });
    if ((await held()) !== undefined) {
      throw new WriteFailure('unknown', `${database} is still there`);
    }
    return true;
  });
}

/** Throws ReadFailure. */
export async function hasScratch({ login, maintenance }: Scratch, database: string): Promise<boolean> {
  const rows = await inSession(login.reading(maintenance, { statementMs }), ({ query }) =>
    query({ text: 'SELECT 1 FROM pg_database WHERE datname = $1', values: [database] }),
  );
  return rows.length > 0;
}

/** `till_01k…`. */
export function scratchName(operation: string): string {
  return `till_${operation.toLowerCase()}`;
}

const statementMs = 30_000;

function isOurs(comment: unknown, database: string): boolean {
  try {
    const { till, operation } = JSON.parse(String(comment));
    return till === 'scratch' && scratchName(String(operation)) === database;
  } catch {
    return false;
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

function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}
