import type { SourceState } from '../source.ts';

/** One SQL text, without or with parameters. Deadlines are enforced by the server (`statement_timeout`) and by us. */
export interface Query {
  readonly text: string;
  readonly values?: readonly unknown[];
}

export type Row = Readonly<Record<string, unknown>>;

export interface ServerIdentity {
  /** server_version_num, such as 170010. */
  readonly version: number;
  readonly standby: boolean;
  /** system_identifier as text: it exceeds 2^53. */
  readonly systemIdentifier: string | null;
  readonly timeline: number | null;
  /** pg_postmaster_start_time, epoch milliseconds. */
  readonly startedAt: number;
  readonly hasPgMonitor: boolean;
}

/**
 * The connections to one PostgreSQL server: one kept open to the maintenance database for server-wide views, and at most
 * two that hop from tenant database to tenant database (design §3). All reads are autocommit and read-only.
 */
export interface PostgresReader {
  readonly name: string;
  readonly state: SourceState;
  /** Who answers; asked anew after each reconnect. Throws ReadFailure. */
  identity(): Promise<ServerIdentity>;
  /** A server-wide read on the kept connection. Throws ReadFailure. */
  query(query: Query, options: { readonly deadlineMs: number }): Promise<readonly Row[]>;
  /**
   * Runs `work` on a connection to `database`, when one of the two hopping connections is free. Urgent visits (on screen,
   * in trouble) go before the others. The deadline holds for getting in and for each read, not for the time in line; a visit
   * that takes four times as long is ended. Throws ReadFailure; our own limit reached is `not-probed`, not `unreachable`.
   */
  visit<T>(
    database: string,
    options: { readonly deadlineMs: number; readonly urgent?: boolean },
    work: (read: (query: Query) => Promise<readonly Row[]>) => Promise<T>,
  ): Promise<T>;
  close(): Promise<void>;
}
