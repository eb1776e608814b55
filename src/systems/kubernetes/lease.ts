/** A Lease as the election needs it. */
export interface LeaseRecord {
  /** Empty when it was given back. */
  readonly holder: string;
  readonly seconds: number;
  /** RFC 3339 with microseconds, as the holder wrote it; compared, never reckoned with: clocks differ. */
  readonly renewedAt: string;
  readonly acquiredAt: string;
  readonly transitions: number;
  readonly resourceVersion: string;
}

/**
 * One Lease of coordination.k8s.io, till's own: who leads is no act on anybody's system, so it takes no Operation. A write carries the
 * version that was read, so of two that reach for it one is told `taken`.
 */
export interface LeaseBook {
  /** Null when there is none yet. Throws ReadFailure. */
  read(): Promise<LeaseRecord | null>;
  /** `after`: what was read; null makes it. Throws WriteFailure for anything but a lost race. */
  write(record: Omit<LeaseRecord, 'resourceVersion'>, after: LeaseRecord | null): Promise<LeaseRecord | 'taken'>;
  close(): Promise<void>;
}
