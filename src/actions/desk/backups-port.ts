import type { BackupProof, ProofLevel } from '#backups/manifest.ts';
import type { BackupsPicture } from '#backups/read-backups.ts';

/** Backups as the console shows them: read when it is asked for, after what changes them, and slowly besides. */
export interface BackupsPort {
  /** Told what is known now, and whenever that changes. Returns the way to stop. */
  follow(listener: (view: BackupsView) => void): () => void;
  /** Reads again; while a reading is under way, once more when it has ended. */
  read(): void;
}

export interface BackupsView {
  /** As it was read last; null until it was. While the store is away, what lay in it then. */
  readonly picture: BackupsPicture | null;
  /** Epoch milliseconds at which it was read; null until it was. */
  readonly readAt: number | null;
  readonly isReading: boolean;
  /** Why the last reading brought nothing of our own store; null when it did. */
  readonly away: string | null;
  /** Epoch milliseconds of the last look into our own store; null until there was one. */
  readonly storeReadAt: number | null;
  /** What rehearsals came to, newest first. */
  readonly drills: readonly DrillRow[];
  /** What the tiers promise and demand, in seconds, by name. */
  readonly tiers: Readonly<Record<string, TierTargets>>;
  /** The database server of each tenant. */
  readonly servers: ReadonlyMap<string, string>;
}

export interface TierTargets {
  readonly rpo: number | null;
  readonly rto: number | null;
  /** How old the last proven restore may be. */
  readonly drill: number | null;
}

/** A rehearsed recovery, as the screen of drills shows it. Spans are seconds; null was not measured. */
export interface DrillRow {
  readonly operation: string;
  readonly tenant: string;
  readonly kind: 'restore' | 'failover';
  readonly status: 'ok' | 'failed';
  /** RFC 3339. */
  readonly at: string;
  readonly backup: string | null;
  readonly level: ProofLevel | null;
  readonly rto: number | null;
  readonly rpo: number | null;
  /** By phase, in the order in which they were gone through. */
  readonly seconds: Readonly<Record<string, number>>;
  readonly checks: BackupProof['checks'];
  readonly message: string;
}
