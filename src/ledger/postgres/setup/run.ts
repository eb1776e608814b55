import type { Client } from 'pg';
import { namesOf, tlsOptions } from '#systems/tls.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import type { LedgerServer } from '../connection.ts';
import { failureOf, failureToEnter } from '../failure.ts';
import { type Part, schemaVersion, setupSql } from './script.ts';

/** PostgreSQL 13 brought what append relies on; older ones get no fixes any more. */
const oldest = 130_000;

export interface Setup {
  /** SQL for the maintenance database; null when the ledger's own is there. */
  readonly create: string | null;
  /** SQL for the ledger's database, one transaction. */
  readonly sql: string;
  /** What is there now; 0 for nothing. */
  readonly from: number;
  readonly to: number;
}

export type Grants = Partial<Readonly<Record<Part, readonly string[]>>>;

/** What setting up, or upgrading, would do as things stand. Changes nothing. */
export async function plannedSetup(server: LedgerServer, grant: Grants): Promise<Setup> {
  const isThere = await on(server, 'postgres', async (client) => {
    const { rows } = await client.query<{ there: boolean; version: number }>(
      `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1) AS there, current_setting('server_version_num')::int AS version`,
      [server.database],
    );
    const [{ there = false, version = 0 } = {}] = rows;
    if (version < oldest) {
      throw unfit(`PostgreSQL ${Math.floor(version / 10_000)} is too old for the ledger`, 'use 13 or later', server);
    }
    return there;
  });
  const from = isThere ? await on(server, server.database, (client) => versionIn(client, server)) : 0;
  if (from > schemaVersion) {
    throw unfit(`the schema is version ${from}; this till knows ${schemaVersion}`, 'use the newer till', server);
  }
  return {
    create: isThere ? null : `CREATE DATABASE ${quoted(server.database)} ENCODING 'UTF8' TEMPLATE template0;`,
    sql: setupSql({ from, grant }),
    ...{ from, to: schemaVersion },
  };
}

/** Everything, or nothing but an empty database. */
export async function setUp(server: LedgerServer, { create, sql }: Setup): Promise<void> {
  if (create !== null) {
    await on(server, 'postgres', (client) => client.query(create));
  }
  await on(server, server.database, (client) => client.query(sql));
}

async function versionIn(client: Client, server: LedgerServer): Promise<number> {
  const { rows: about } = await client.query<{ encoding: string; there: boolean }>(
    `SELECT current_setting('server_encoding') AS encoding, to_regclass('till_ledger.schema_version') IS NOT NULL AS there`,
  );
  if (about[0]?.encoding !== 'UTF8') {
    throw unfit(`database ${server.database} is encoded as ${about[0]?.encoding ?? '?'}`, 'use one in UTF8', server);
  }
  if (about[0].there !== true) {
    return 0;
  }
  const { rows } = await client.query<{ version: number }>(
    'SELECT max(version) AS version FROM till_ledger.schema_version',
  );
  return rows[0]?.version ?? 0;
}

async function on<T>(server: LedgerServer, database: string, work: (client: Client) => Promise<T>): Promise<T> {
  const { host, port, user, tls, ca } = server;
  const place = { at: `${host}:${port}`, database, user };
  const { Client: PgClient } = await import('pg');
  const ssl = await tlsOptions({ mode: tls, ca, names: namesOf({ host }) });
  const client = new PgClient({
    ...{ host, port, user, database, ssl: ssl ?? false, application_name: 'till ledger setup' },
    ...{ password: async () => (await server.password()) ?? '', connectionTimeoutMillis: 5_000, lock_timeout: 10_000 },
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    throw failureToEnter(error, place);
  }
  try {
    return await work(client);
  } catch (error) {
    throw failureOf(error, place);
  } finally {
    await client.end().catch(() => undefined);
  }
}

function unfit(message: string, next: string, { host, port }: LedgerServer): TillError {
  return new TillError(message, {
    exit: exitCodes.refused,
    reason: 'ledger-unfit',
    target: `ledger at ${host}:${port}`,
    next,
  });
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
