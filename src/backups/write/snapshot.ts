import type { DatabaseLogin, Session } from '#systems/postgres/login.ts';
import type { Row } from '#systems/postgres/server.ts';
import { ReadFailure } from '#systems/source.ts';
import type { Read } from '../contents.ts';
import type { Manifest } from '../manifest.ts';

/** One consistent point of a database: pg_dump reads by its name, and everything that a manifest says is counted within it. */
export interface Snapshot {
  /** As `pg_export_snapshot` names it; good until `close`. */
  readonly name: string;
  /** RFC 3339, by the server's clock. */
  readonly at: string;
  readonly database: Pick<Manifest['database'], 'size' | 'serverVersion' | 'encoding' | 'collation'>;
  /** `pg_database.oid`: another database by the same name is another database. */
  readonly oid: string;
  readonly read: Read;
  readonly lost: AbortSignal;
  close(): Promise<void>;
}

export async function takeSnapshot(login: DatabaseLogin, database: string, signal: AbortSignal): Promise<Snapshot> {
  const session = await login.reading(database, { signal });
  try {
    await session.query({ text: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY' });
    await session.query({ text: patience });
    const [row] = await session.query({ text: `SELECT pg_export_snapshot() AS name, ${databaseFacts}` });
    if (row === undefined) {
      throw new ReadFailure('not-probed', `${login.server} gave no snapshot of ${database}`);
    }
    const { oid, at, ...facts } = factsIn(row);
    return {
      ...{ name: String(row['name']), at, oid, database: facts },
      read: (query) => session.query(query),
      lost: session.lost,
      close: () => ended(session),
    };
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** It waits for as long as a dump takes, which no server's own limits for web workers are made for; never for a lock. */
const patience = `
  SELECT set_config(name, CASE name WHEN 'lock_timeout' THEN '5s' ELSE '0' END, true) FROM pg_settings
   WHERE name IN ('statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout', 'lock_timeout')`;

const databaseFacts = `
  d.oid::text AS oid, pg_database_size(d.oid) AS size, current_setting('server_version') AS version,
  pg_encoding_to_char(d.encoding) AS encoding, d.datcollate AS collation,
  to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at
  FROM pg_database d WHERE d.datname = current_database()`;

export interface DatabaseFacts extends Pick<Manifest['database'], 'size' | 'serverVersion' | 'encoding' | 'collation'> {
  readonly oid: string;
  readonly at: string;
  /** Bytes of its tables, without their indexes. */
  readonly tables: number;
}

/** What a plan says of the database, without a snapshot that is kept. */
export async function factsOf(read: Read, database: string): Promise<DatabaseFacts> {
  const [row] = await read({
    text: `SELECT (SELECT coalesce(sum(pg_table_size(oid)), 0) FROM pg_class WHERE relkind IN ('r', 'm')) AS tables, ${databaseFacts}`,
  });
  if (row === undefined) {
    throw new ReadFailure('not-probed', `${database} tells nothing of itself`);
  }
  return { ...factsIn(row), tables: Number(row['tables']) };
}

function factsIn(row: Row): Omit<DatabaseFacts, 'tables'> {
  return {
    oid: String(row['oid']),
    at: String(row['at']),
    size: Number(row['size']),
    // `15.18 (Debian 15.18-0+deb12u1)` is how Debian says 15.18.
    serverVersion: /^\d+(?:\.\d+)*/.exec(String(row['version']))?.[0] ?? String(row['version']),
    encoding: String(row['encoding']),
    collation: String(row['collation']),
  };
}

async function ended(session: Session): Promise<void> {
  await session.query({ text: 'COMMIT' }).catch(() => undefined);
  await session.close();
}
