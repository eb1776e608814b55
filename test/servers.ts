import { startPostgres } from '#sandbox/servers/postgres.ts';
import { startRedis } from '#sandbox/servers/redis.ts';

export interface TestPostgres {
  readonly host: string;
  readonly port: number;
  /** The superuser, with its password. */
  readonly user: string;
  readonly password: string;
  /** The maintenance database. */
  readonly database: string;
  /** Such as `15.18`. */
  readonly version: string;
  stop(): Promise<void>;
  /** Runs SQL as the superuser and returns the rows of its last statement. */
  sql(database: string, text: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

/** A real PostgreSQL for a test file or a global set-up. It ends with the process at the latest. */
export async function startTestPostgres(
  options: { readonly settings?: Readonly<Record<string, string>> } = {},
): Promise<TestPostgres> {
  const server = await startPostgres(options);
  const { Client } = (await import('pg')).default;
  const { host, port, user, password, version } = server;
  return {
    host,
    port,
    user,
    password,
    database: 'postgres',
    version,
    stop: () => server.stop(),
    sql: async (database, text) => {
      const client = new Client({ host, port, user, password, database, connectionTimeoutMillis: 5_000 });
      client.on('error', () => undefined);
      await client.connect();
      try {
        const result: unknown = await client.query(text);
        const last: unknown = Array.isArray(result) ? result.at(-1) : result;
        return (last as { rows: readonly Readonly<Record<string, unknown>>[] }).rows;
      } finally {
        await client.end();
      }
    },
  };
}

export interface TestRedis {
  readonly host: string;
  readonly port: number;
  /** Of the `default` user, who may do everything. */
  readonly password: string;
  /** Such as `7.0.15`. */
  readonly version: string;
  stop(): Promise<void>;
}

/** A real Redis for a test file or a global set-up. It ends with the process at the latest. */
export async function startTestRedis(options: { readonly settings?: readonly string[] } = {}): Promise<TestRedis> {
  const { host, port, password, version, stop } = await startRedis(options);
  return { host, port, password, version, stop };
}
