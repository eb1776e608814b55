import type { Operation } from '../operation.ts';

/** A session, pinned so that a pid that was given out anew is never hit. */
export interface SessionRef {
  readonly pid: number;
  /** backend_start as PostgreSQL prints it (microseconds, with zone). */
  readonly backendStart: string;
}

/** Acts on sessions, as `application_name=till/<operation>`. Throws WriteFailure. */
export interface PostgresWriter {
  /** pg_cancel_backend on that very session; false when it is gone. */
  cancel(operation: Operation, session: SessionRef): Promise<boolean>;
  /** pg_terminate_backend, waiting until it is really gone (14+); false when it was gone already. */
  terminate(operation: Operation, session: SessionRef): Promise<boolean>;
  close(): Promise<void>;
}
