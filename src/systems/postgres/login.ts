import type { FileHandle } from 'node:fs/promises';
import type { Operation } from '../operation.ts';
import type { Query, Row } from './server.ts';

/**
 * `backup` reads everything; `restore` makes databases on a tenant's own server; `recovery` does where drills are held. None of
 * them is the everyday login, which sees a few columns.
 */
export type LoginPurpose = 'backup' | 'restore' | 'recovery';

/** One login for one purpose on one server. Opens nothing until asked. */
export interface DatabaseLogin {
  readonly server: string;
  readonly user: string;
  /** Only reads: `default_transaction_read_only`. Throws ReadFailure. */
  reading(database: string, options?: SessionOptions): Promise<Session>;
  /** Writes, as `application_name=till/<operation>`. Throws WriteFailure. */
  writing(operation: Operation, database: string, options?: SessionOptions): Promise<Session>;
  /** For pg_dump, pg_restore and psql. Throws ReadFailure where the password or the way there cannot be had. */
  forChildren(database: string, applicationName: string): Promise<LibpqAccess>;
}

export interface SessionOptions {
  /** Milliseconds for one statement; none: as long as it takes. */
  readonly statementMs?: number;
  readonly signal?: AbortSignal;
}

export interface Session {
  /** Throws as the session does: ReadFailure or WriteFailure. */
  query(query: Query): Promise<readonly Row[]>;
  /** Aborted when the server has gone away under it. */
  readonly lost: AbortSignal;
  close(): Promise<void>;
}

/**
 * How a child of ours gets in. The password lies in an open file without a name: no argument and no environment carries it, and no
 * kill leaves it behind (facts: data-tier.md §2.1).
 */
export interface LibpqAccess {
  /** PGHOST, PGPORT, PGUSER, PGDATABASE, PGSSLMODE, PGPASSFILE and what else it needs; to be joined with PATH. */
  readonly env: Readonly<Record<string, string>>;
  /** Handed to the child as descriptor 3 (`more: [passfile.fd]` of child.ts); PGPASSFILE names it so. */
  readonly passfile: FileHandle;
  close(): Promise<void>;
}
