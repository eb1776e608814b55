import type { ServerQuery } from '../signal.ts';
import { asMonitor } from './monitor.ts';
import { countAt, flagAt, numberAt, textAt } from './row.ts';

export interface Archiver {
  /** Whether this server archives at all: a standby does with `archive_mode = always` only. */
  readonly archives: boolean;
  /** The newest attempt failed. */
  readonly failing: boolean;
  /** Since the last one that worked; null when none ever did. */
  readonly sinceSuccess: number | null;
  /** Segments that wait for the archive, and how long the oldest has. */
  readonly waiting: number;
  readonly oldestSeconds: number | null;
  readonly lastFailed: string | null;
}

export const archiver: ServerQuery<Archiver> = {
  name: 'archiver',
  every: 10,
  deadlineMs: 2000,
  query: (server) => asMonitor(server, text),
  parse(rows) {
    const row = rows[0] ?? {};
    return {
      archives: flagAt(row, 'archives'),
      failing: flagAt(row, 'failing'),
      sinceSuccess: numberAt(row, 'since_success_s'),
      waiting: countAt(row, 'waiting'),
      oldestSeconds: numberAt(row, 'oldest_s'),
      lastFailed: textAt(row, 'last_failed_wal'),
    };
  },
};

// The oldest `.ready` file is the true backlog; `failed_count` stays for ever (facts: data-tier.md §1.4 WAL archiving).
const text = `
  SELECT
    (current_setting('archive_mode') = 'always'
      OR (current_setting('archive_mode') = 'on' AND NOT pg_is_in_recovery())) AS archives,
    (a.last_failed_time IS NOT NULL
      AND (a.last_archived_time IS NULL OR a.last_failed_time > a.last_archived_time)) AS failing,
    extract(epoch FROM clock_timestamp() - a.last_archived_time)::float8 AS since_success_s,
    r.waiting, extract(epoch FROM clock_timestamp() - r.oldest)::float8 AS oldest_s, a.last_failed_wal::text
  FROM pg_stat_archiver a,
    (SELECT count(*)::int AS waiting, min(modification) AS oldest
      FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready') r`;
