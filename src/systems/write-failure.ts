/**
 * A write that did not end well. `refused`: the target said no and nothing was written (403, 409, 422, quota, admission).
 * `unknown`: it may or may not have been written (a time-out, a connection that broke after sending): never called failed.
 */
export class WriteFailure extends Error {
  readonly certainty: 'refused' | 'unknown';
  /** HTTP status or SQLSTATE; null for the network. */
  readonly code: string | null;
  /** True when the object is no longer the one that was planned (409, uid). */
  readonly moved: boolean;

  constructor(certainty: WriteFailure['certainty'], message: string, code: string | null = null, moved = false) {
    super(message);
    this.name = 'WriteFailure';
    this.certainty = certainty;
    this.code = code;
    this.moved = moved;
  }
}
