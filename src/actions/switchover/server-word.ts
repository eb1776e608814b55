import type { PostgresReader } from '#systems/postgres/server.ts';
import { ReadFailure } from '#systems/source.ts';

/** A standby as its primary sees it. By bytes: its seconds lie (facts: data-tier.md §0.2). */
export interface Follower {
  readonly state: string;
  readonly syncState: string;
  /** Bytes not yet replayed; null where it has said nothing yet. */
  readonly lagBytes: number | null;
}

/** What the server at the estate's address says of itself, whatever an API says of it. */
export interface ServerWord {
  readonly isStandby: boolean;
  /** Of the WAL that it writes now: `pg_control_checkpoint()` tells the old one until the first checkpoint. Null of a standby. */
  readonly timeline: number | null;
  readonly systemIdentifier: string | null;
  /** By `application_name`, which both managers set to the member's name; null where its own views may not be read. */
  readonly followers: ReadonlyMap<string, Follower> | null;
  /** How durable a commit is by its own settings. */
  readonly synchronousCommit: string;
}

const deadlineMs = 3_000;

const self = `SELECT pg_is_in_recovery() AS standby, current_setting('synchronous_commit') AS synchronous_commit,
  CASE WHEN NOT pg_is_in_recovery() THEN ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int END AS timeline`;

const following = `SELECT application_name, state, sync_state,
  pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END, replay_lsn)::text AS lag
  FROM pg_stat_replication ORDER BY application_name, pid`;

/** Throws ReadFailure. */
export async function serverWord(reader: PostgresReader): Promise<ServerWord> {
  const [[row], identity, rows] = await Promise.all([
    reader.query({ text: self }, { deadlineMs }),
    reader.identity(),
    reader.query({ text: following }, { deadlineMs }),
  ]);
  return {
    isStandby: row?.['standby'] === true,
    timeline: typeof row?.['timeline'] === 'number' ? row['timeline'] : null,
    systemIdentifier: identity.systemIdentifier,
    synchronousCommit: String(row?.['synchronous_commit'] ?? ''),
    // Without pg_monitor the view has rows of nothing, which is no error and no answer (§1.2).
    followers: identity.hasPgMonitor
      ? new Map(
          rows.map((follower): [string, Follower] => [
            String(follower['application_name']),
            {
              state: String(follower['state']),
              syncState: String(follower['sync_state']),
              lagBytes: typeof follower['lag'] === 'string' ? Number(follower['lag']) : null,
            },
          ]),
        )
      : null,
  };
}

/** The server's word, or why it could not be had. */
export async function serverWordOrWhy(reader: PostgresReader): Promise<ServerWord | string> {
  try {
    return await serverWord(reader);
  } catch (error) {
    if (error instanceof ReadFailure) {
      return error.message;
    }
    throw error;
  }
}
