import type { Client } from 'pg';

/** Whom to be on the sandbox's own PostgreSQL. */
export interface Login {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

export type Row = Readonly<Record<string, unknown>>;

/** One statement, or several without values. The rows are those of the last. */
export type Sql = (text: string, values?: readonly unknown[]) => Promise<readonly Row[]>;

/** A connection that somebody else closes. Its loss shows at the next query, not as a crash. */
export async function connect(login: Login, database: string, applicationName: string): Promise<Client> {
  const { Client } = (await import('pg')).default;
  const client = new Client({
    ...login,
    database,
    application_name: applicationName,
    connectionTimeoutMillis: 10_000,
    // Row timestamps are read as text or numbers; nothing depends on the zone of this process.
    options: '-c timezone=UTC',
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

export async function withDatabase<T>(login: Login, database: string, work: (sql: Sql) => Promise<T>): Promise<T> {
  const client = await connect(login, database, 'till-sandbox');
  try {
    return await work(sqlOn(client));
  } finally {
    await client.end().catch(() => undefined);
  }
}

export function sqlOn(client: Client): Sql {
  return async (text, values) => {
    const result: unknown = await client.query(text, values === undefined ? undefined : [...values]);
    const last: unknown = Array.isArray(result) ? result.at(-1) : result;
    return (last as { rows: readonly Row[] }).rows;
  };
}

/** A name in SQL, quoted. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text in SQL, quoted, for statements that take no parameters (`ALTER ROLE … PASSWORD`). */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
