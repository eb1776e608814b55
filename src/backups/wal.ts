import type { PostgresReader } from '#systems/postgres/server.ts';

/** How far behind the archive is that point-in-time recovery is made of. */
export interface WalArchive {
  readonly server: string;
  /** `off`: nothing is archived; `failing`: the last attempt failed; `standby`: another one archives. */
  readonly state: 'archiving' | 'failing' | 'off' | 'standby';
  /** RFC 3339: when the last segment went out; what came after it cannot be recovered yet. */
  readonly archivedAt: string | null;
  /** Bytes written since the last archived segment began to be the newest; null where it cannot be told. */
  readonly behind: number | null;
  readonly message: string | null;
}

const query = {
  text: `SELECT pg_is_in_recovery() AS standby, current_setting('archive_mode') AS mode,
    (SELECT setting::bigint FROM pg_settings WHERE name = 'wal_segment_size') AS segment,
    last_archived_wal, extract(epoch FROM last_archived_time) * 1000 AS archived_at,
    last_failed_wal, extract(epoch FROM last_failed_time) * 1000 AS failed_at,
    CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_walfile_name(pg_current_wal_lsn()) END AS current
  FROM pg_stat_archiver`,
};

/** Reads `pg_stat_archiver` (facts: data-tier.md §2.3). Throws ReadFailure. */
export async function walArchive(reader: PostgresReader): Promise<WalArchive> {
  const [row = {}] = await reader.query(query, { deadlineMs: 5_000 });
  const [archived, failed] = [instant(row['archived_at']), instant(row['failed_at'])];
  const [last, current] = [textOf(row['last_archived_wal']), textOf(row['current'])];
  const isStandby = row['standby'] === true && row['mode'] !== 'always';
  const isFailing = failed !== null && failed > (archived ?? 0);
  const behind = last === null || current === null ? null : distance(last, current, Number(row['segment']));
  return {
    server: reader.name,
    state: row['mode'] === 'off' ? 'off' : isStandby ? 'standby' : isFailing ? 'failing' : 'archiving',
    archivedAt: archived === null ? null : new Date(archived).toISOString(),
    behind,
    message:
      row['mode'] === 'off'
        ? 'archive_mode is off: there is no recovery to a point in time'
        : isFailing
          ? `archiving ${textOf(row['last_failed_wal']) ?? 'WAL'} has failed`
          : null,
  };
}

/** Bytes from the end of one segment to the beginning of the other: eight digits of timeline, of log and of segment. */
export function distance(archived: string, current: string, segmentSize: number): number | null {
  const [from, to] = [segmentNumber(archived, segmentSize), segmentNumber(current, segmentSize)];
  return from === null || to === null ? null : Math.max(0, to - from - 1) * segmentSize;
}

function segmentNumber(name: string, segmentSize: number): number | null {
  const [, log, segment] = /^[0-9A-F]{8}([0-9A-F]{8})([0-9A-F]{8})/.exec(name) ?? [];
  return log === undefined || segment === undefined || !(segmentSize > 0)
    ? null
    : Number.parseInt(log, 16) * (2 ** 32 / segmentSize) + Number.parseInt(segment, 16);
}

function instant(value: unknown): number | null {
  const at = typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN;
  return Number.isFinite(at) ? at : null;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
