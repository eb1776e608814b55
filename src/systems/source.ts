/**
 * A source is one thing we read from: a cluster's kind, a PostgreSQL server, a Redis server, an HTTP front. Its state is
 * shown wherever its data is, so that empty, loading, forbidden and stale never look alike (facts: kubernetes.md §1.7).
 */

/** Why a thing is not known (design §1). */
export type UnknownReason =
  | 'loading'
  | 'forbidden'
  | 'unreachable'
  | 'stale'
  | 'unsupported'
  | 'no-baseline'
  | 'not-probed';

export interface SourceState {
  /** `kubernetes/eu-prod/pods`, `postgres/pg-eu-1`, `redis/sessions`, `odoo/edge`: system, name, part. */
  readonly source: string;
  readonly phase:
    | 'connecting'
    | 'syncing'
    | 'live'
    | 'stale'
    | 'forbidden'
    | 'unauthenticated'
    | 'unreachable'
    | 'stopped';
  /** When it last told us anything, epoch milliseconds; null before the first word. */
  readonly lastHeardAt: number | null;
  /** One line for a person; null while all is well. */
  readonly message: string | null;
}

/** A read that failed, in words that a grade can carry. Never has a secret or a stack in its message. */
export class ReadFailure extends Error {
  readonly reason: Exclude<UnknownReason, 'loading' | 'stale' | 'no-baseline'>;
  /** The system's own code where it has one: SQLSTATE, `ECONNREFUSED`, `NOAUTH`, an HTTP status. */
  readonly code: string | null;

  constructor(reason: ReadFailure['reason'], message: string, code: string | null = null, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ReadFailure';
    this.reason = reason;
    this.code = code;
  }

  /** Whether whoever else uses the same server meets it too; false for what fails of one database, tenant or statement. */
  get isShared(): boolean {
    return true;
  }
}
