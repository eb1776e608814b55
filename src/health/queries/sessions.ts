import type { Query, Row, ServerIdentity } from '#systems/postgres/server.ts';
import type { ServerQuery } from '../signal.ts';
import type { SessionRow } from '../watcher.ts';
import { asMonitor } from './monitor.ts';
import { numberAt, numbersAt, textAt } from './row.ts';

/** A session in a transaction or waiting for a lock; idle ones are left out, they hold nothing. */
export interface Session extends SessionRow {
  readonly backend: string;
  /** When the connection, its transaction and its query began, as PostgreSQL prints them: with the pid, one very session. */
  readonly backendStart: string | null;
  readonly transactionStart: string | null;
  readonly queryStart: string | null;
  /** Set on the helpers of a parallel query. */
  readonly leader: number | null;
  /** How long it has waited for its lock; null when it waits for none. */
  readonly waitSeconds: number | null;
}

/** Activity and blocking edges of the whole server in one read; the tree is made from it in `blocking.ts`. */
export const sessions: ServerQuery<readonly Session[]> = {
  name: 'sessions',
  every: 5,
  deadlineMs: 2000,
  query: (server) => asMonitor(server, sql(server.version)),
  parse: (rows) => rows.map(session),
};

/** The very sessions of these pids, idle ones too: one that sleeps on an advisory lock holds up others as well. */
export function sessionsOf(server: ServerIdentity, pids: readonly number[]): Query {
  return { ...asMonitor(server, sql(server.version, 'a.pid = ANY($1)')), values: [[...pids]] };
}

export function session(row: Row): Session {
  return {
    pid: numberAt(row, 'pid') ?? 0,
    database: textAt(row, 'datname'),
    user: textAt(row, 'usename'),
    application: textAt(row, 'application_name'),
    client: textAt(row, 'client'),
    state: textAt(row, 'state'),
    wait: textAt(row, 'wait'),
    transactionSeconds: numberAt(row, 'xact_s'),
    stateSeconds: numberAt(row, 'state_s'),
    blockedBy: [...new Set(numbersAt(row, 'blocked_by'))],
    query: textAt(row, 'query') ?? '',
    backend: textAt(row, 'backend_type') ?? '',
    backendStart: textAt(row, 'backend_start'),
    transactionStart: textAt(row, 'xact_start'),
    queryStart: textAt(row, 'query_start'),
    leader: numberAt(row, 'leader_pid'),
    waitSeconds: numberAt(row, 'wait_s'),
  };
}

/**
 * `pg_blocking_pids` is asked of waiters alone: it locks the lock manager (facts: data-tier.md §1.4). The same goes for
 * `pg_locks`, which is read once and only when somebody waits; before 14 it has no `waitstart`, and the time in this
 * state is the upper bound.
 */
function sql(version: number, which = "(a.wait_event_type = 'Lock' OR a.xact_start IS NOT NULL)"): string {
  const waits =
    version >= 140_000
      ? `WITH waits AS MATERIALIZED (
          SELECT pid, min(waitstart) AS since FROM pg_locks WHERE NOT granted GROUP BY pid
        )`
      : '';
  const since = version >= 140_000 ? '(SELECT since FROM waits WHERE waits.pid = a.pid)' : 'a.state_change';
  return `${waits}
    SELECT a.pid, a.leader_pid, a.datname::text, a.usename::text, a.application_name, host(a.client_addr) AS client,
      a.state, a.backend_type, a.backend_start::text, a.xact_start::text, a.query_start::text, a.wait_event_type || ':' || a.wait_event AS wait,
      extract(epoch FROM clock_timestamp() - a.xact_start)::float8 AS xact_s,
      extract(epoch FROM clock_timestamp() - a.state_change)::float8 AS state_s,
      CASE WHEN a.wait_event_type = 'Lock' THEN pg_blocking_pids(a.pid) ELSE '{}'::int[] END AS blocked_by,
      CASE WHEN a.wait_event_type = 'Lock'
        THEN extract(epoch FROM clock_timestamp() - coalesce(${since}, a.state_change))::float8 END AS wait_s,
      left(regexp_replace(a.query, '\\s+', ' ', 'g'), 200) AS query
    FROM pg_stat_activity a
    WHERE a.pid <> pg_backend_pid() AND ${which}
    ORDER BY a.xact_start NULLS LAST LIMIT 1000`;
}
