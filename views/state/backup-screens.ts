/** Every tenant and what could be brought back of it, worst first. */
export interface BackupsScreen {
  readonly kind: 'backups';
  /** A tenant. */
  readonly cursor: string | null;
  readonly place: number;
  readonly top: number;
}

/** The backups of one tenant, newest first, whoever makes them. */
export interface TenantBackupsScreen {
  readonly kind: 'tenant-backups';
  readonly tenant: string;
  readonly cursor: string | null;
  readonly place: number;
  readonly top: number;
}

/** One backup, whole: what it holds and what was proven of it. */
export interface BackupScreen {
  readonly kind: 'backup';
  readonly tenant: string;
  readonly backup: string;
  readonly top: number;
}

/** What rehearsals have measured: of one tenant, or of all. */
export interface DrillsScreen {
  readonly kind: 'drills';
  readonly tenant: string | null;
  readonly cursor: string | null;
  readonly place: number;
  readonly top: number;
}
