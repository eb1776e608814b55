import type { PostgresServer } from '#estate/schema.ts';
import type { Clock } from '#text/clock.ts';
import type { Operation } from '../operation.ts';
import { namesOf, tlsOptions } from '../tls.ts';
import { WriteFailure } from '../write-failure.ts';
import type { PostgresWriter, SessionRef } from './writer.ts';

export interface PostgresWriterOptions {
  readonly name: string;
  readonly server: PostgresServer;
  readonly password: () => Promise<string | undefined>;
  readonly address: () => Promise<{ readonly host: string; readonly port: number }>;
  readonly clock: Clock;
}

const connectMs = 5_000;
/** `pg_terminate_backend` waits so long for the session to be really gone (14 and later). */
const terminateMs = 2_000;

/** Connects for each act, so that the server knows the operation by its `application_name`; nothing is kept open. */
export function openPostgresWriter(options: PostgresWriterOptions): PostgresWriter {
  const act = async (
    operation: Operation,
    session: SessionRef,
    statement: (version: number) => string,
  ): Promise<boolean> => {
    const { server } = options;
    const { Client } = (await import('pg')).default;
    const { host, port } = await options.address();
    const tls = await tlsOptions({ mode: server.tls, ca: server.ca, names: namesOf(server) });
    const client = new Client({
      host,
      port,
      user: server.user,
      database: server.database,
      password: async () => (await options.password()) ?? '',
      ssl: tls ?? false,
      application_name: `till/${operation.id}`,
      connectionTimeoutMillis: connectMs,
      statement_timeout: connectMs,
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
    } catch (error) {
      throw new WriteFailure('refused', `${options.name}: ${message(error)}`, codeOf(error));
    }
    try {
      const { rows: about } = await client.query<{ version: number }>(
        "SELECT current_setting('server_version_num')::int AS version",
      );
      const { rows } = await client.query<{ done: boolean }>(statement(about[0]?.version ?? 0), [
        session.pid,
        session.backendStart,
      ]);
      return rows.some(({ done }) => done);
    } catch (error) {
      const code = codeOf(error);
      throw new WriteFailure(isRefusal(code) ? 'refused' : 'unknown', `${options.name}: ${message(error)}`, code);
    } finally {
      await client.end().catch(() => undefined);
    }
  };
  // A pid is given out anew; pid and start together are one session (facts: data-tier.md §1.6).
  const on = (call: string) =>
    `SELECT ${call} AS done FROM pg_stat_activity WHERE pid = $1 AND backend_start = $2::timestamptz`;
  return {
    cancel: (operation, session) => act(operation, session, () => on('pg_cancel_backend(pid)')),
    terminate: (operation, session) =>
      act(operation, session, (version) =>
        on(version >= 140_000 ? `pg_terminate_backend(pid, ${terminateMs})` : 'pg_terminate_backend(pid)'),
      ),
    close: async () => undefined,
  };
}

export function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * An SQLSTATE is the server's own answer, save those that say that it was interrupted (class 57: a time-out, a shutdown)
 * or that the connection broke (class 08); `ECONNRESET` and its like are the network's, and say nothing.
 */
export function isRefusal(code: string | null): boolean {
  return code !== null && /^[0-9A-Z]{5}$/u.test(code) && !/^(?:08|57|EPIPE)/u.test(code);
}

export function codeOf(error: unknown): string | null {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : null;
}
