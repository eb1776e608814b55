import type { WholePicture } from '../backups-picture.ts';
import type { DrillRow } from '../drills/rows.ts';

/** Backups as the console shows them: read when it is asked for, after what changes them, and slowly besides. */
export interface BackupsPort {
  /** Told what is known now, and whenever that changes. Returns the way to stop. */
  follow(listener: (view: BackupsView) => void): () => void;
  /** Reads again; while a reading is under way, once more when it has ended. */
  read(): void;
}

export type { DrillRow } from '../drills/rows.ts';

export interface BackupsView {
  /** As it was read last; null until it was. While the store is away, what lay in it then. */
  readonly picture: WholePicture | null;
  /** Epoch milliseconds at which it was read; null until it was. */
  readonly readAt: number | null;
  readonly isReading: boolean;
  /** Why the last reading brought nothing of our own store; null when it did. */
  readonly away: string | null;
  /** Epoch milliseconds of the last look into our own store; null until there was one. */
  readonly storeReadAt: number | null;
  /** What rehearsals came to, newest first. */
  readonly drills: readonly DrillRow[];
  /** By tier: how old the last proven restore may be, in seconds; tiers that do not say are left out. */
  readonly drillEvery: Readonly<Record<string, number>>;
  /** The database server of each tenant. */
  readonly servers: ReadonlyMap<string, string>;
}
