import type { ServerQuery } from '../signal.ts';
import { asMonitor } from './monitor.ts';
import { flagAt, numberAt, textAt } from './row.ts';

/** Both sides of replication, seen from one server. Judged in bytes: seconds told by a primary lie (facts: data-tier.md §0.2). */
export interface Replication {
  readonly standby: boolean;
  /** Who streams from here. */
  readonly downstream: readonly Downstream[];
  /** Physical slots that nobody uses: a standby that should be here and is not. */
  readonly absent: readonly { readonly name: string; readonly retainedBytes: number }[];
  /** `synchronous_standby_names` asks for somebody, and nobody is in sync: commits wait. */
  readonly commitsWait: boolean;
  /** On a standby: where its WAL comes from. */
  readonly upstream: Upstream | null;
}

export interface Downstream {
  readonly name: string;
  readonly state: string;
  /** Not yet replayed there; null when our role may not see it. */
  readonly bytes: number | null;
}

export interface Upstream {
  /** `streaming` …; null when there is no receiver. */
  readonly receiver: string | null;
  readonly messageSeconds: number | null;
  /** It has somewhere to stream from; without, it lives from the archive and needs no receiver. */
  readonly streams: boolean;
  readonly paused: boolean;
  readonly applyBytes: number;
  readonly delaySeconds: number | null;
}

export const replication: ServerQuery<Replication> = {
  name: 'replication',
  every: 10,
  deadlineMs: 2000,
  query: (server) => asMonitor(server, text),
  parse(rows) {
    const row = rows[0] ?? {};
    const standby = flagAt(row, 'standby');
    return {
      standby,
      downstream: list(row['downstream']).map((entry) => ({
        name: textAt(entry, 'name') ?? '',
        state: textAt(entry, 'state') ?? '',
        bytes: numberAt(entry, 'bytes'),
      })),
      absent: list(row['absent']).map((entry) => ({
        name: textAt(entry, 'name') ?? '',
        retainedBytes: numberAt(entry, 'bytes') ?? 0,
      })),
      commitsWait: flagAt(row, 'commits_wait'),
      upstream: standby
        ? {
            receiver: textAt(row, 'receiver'),
            messageSeconds: numberAt(row, 'message_s'),
            streams: flagAt(row, 'streams'),
            paused: flagAt(row, 'paused'),
            applyBytes: numberAt(row, 'apply_bytes') ?? 0,
            delaySeconds: numberAt(row, 'delay_s'),
          }
        : null,
    };
  },
};

/** A `json_agg`, as the driver hands it over; null when it had no rows. */
function list(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value : [];
}

/** A standby that gave itself no name is called `walreceiver` like all of them; its slot, or its address, tells more. */
const name = `coalesce(nullif(nullif(r.application_name, ''), 'walreceiver'),
          (SELECT slot_name::text FROM pg_replication_slots WHERE active_pid = r.pid), host(r.client_addr), r.pid::text)`;

/**
 * One text for both roles, because a promotion keeps connections open. `pg_is_wal_replay_paused()` raises on a primary,
 * hence the CASE (facts: data-tier.md §1.4 Replication, standby side).
 */
const text = `
  WITH here AS (
    SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END AS lsn
  )
  SELECT pg_is_in_recovery() AS standby,
    (SELECT json_agg(json_build_object('name', ${name}, 'state', r.state,
        'bytes', pg_wal_lsn_diff(here.lsn, r.replay_lsn)::float8))
      FROM pg_stat_replication r WHERE r.state IS DISTINCT FROM 'backup') AS downstream,
    (SELECT json_agg(json_build_object('name', s.slot_name::text,
        'bytes', pg_wal_lsn_diff(here.lsn, s.restart_lsn)::float8))
      FROM pg_replication_slots s
      WHERE s.slot_type = 'physical' AND NOT s.active AND NOT s.temporary AND s.restart_lsn IS NOT NULL) AS absent,
    (NOT pg_is_in_recovery() AND current_setting('synchronous_standby_names') <> ''
      AND current_setting('synchronous_commit') NOT IN ('off', 'local')
      AND NOT EXISTS (SELECT FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum'))) AS commits_wait,
    w.status AS receiver,
    extract(epoch FROM clock_timestamp() - w.last_msg_receipt_time)::float8 AS message_s,
    coalesce(current_setting('primary_conninfo', true), '') <> '' AS streams,
    CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() END AS paused,
    pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::float8 AS apply_bytes,
    extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float8 AS delay_s
  FROM here LEFT JOIN pg_stat_wal_receiver w ON true`;
