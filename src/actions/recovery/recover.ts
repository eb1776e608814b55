import type { CatalogueEntry } from '#backups/catalogue.ts';
import type { BackupProof, Manifest } from '#backups/manifest.ts';
import type { Operation } from '#systems/operation.ts';
import type { LoginPurpose } from '#systems/postgres/login.ts';
import type { ActWorld } from '../action.ts';

/** Where a backup becomes a database again. */
export interface RecoveryPlace {
  /** A server of the estate. */
  readonly server: string;
  /** The login that makes the database. */
  readonly purpose: Exclude<LoginPurpose, 'backup'>;
  /** The folder in which the files of each restored database get one of its name; null: they are not restored. */
  readonly filestore: string | null;
}

export type RecoveryPhase = 'fetch' | 'restore' | 'filestore' | 'neutralise' | 'verify';

export interface RecoveryRequest {
  readonly place: RecoveryPlace;
  /** As it was planned: a manifest with another sum is refused. */
  readonly backup: Pick<CatalogueEntry, 'tenant' | 'backup' | 'sha256'>;
  /** A name that is not there yet. It has the name `till_<operation>` until all of it is proven. */
  readonly database: string;
  /** Commented as `scratch`, and not as `restored`. */
  readonly isDrill: boolean;
  readonly onPhase?: (phase: RecoveryPhase, seconds: number) => void;
}

export interface Recovered {
  readonly manifest: Manifest;
  readonly sha256: string;
  /** The database's name. */
  readonly database: string;
  /** Its files' folder; null where there are none. */
  readonly filestore: string | null;
  readonly checks: BackupProof['checks'];
  /** Whole seconds. */
  readonly seconds: Readonly<Record<RecoveryPhase, number>>;
  /** The newest row that was restored, RFC 3339; null where no counted table has a date. */
  readonly newestRow: string | null;
  readonly tables: number;
}

/**
 * A backup as a database and a folder of files, neutralised and checked; nothing else can connect to it. Throws WriteFailure, and then
 * nothing of it is left, or the message names what is. A check that failed is in `checks`, and what was restored stays to be looked at.
 */
export type Recover = (request: RecoveryRequest, operation: Operation, world: ActWorld) => Promise<Recovered>;

/** Drops the database, which must have our comment, and the folder of its files, and proves that both are gone. Throws WriteFailure. */
export type Discard = (
  place: RecoveryPlace,
  database: string,
  operation: Operation,
  world: ActWorld,
) => Promise<{ readonly database: boolean; readonly files: number }>;
