import type { Row } from '#systems/postgres/server.ts';
import type { DatabaseQuery } from '../signal.ts';
import type { QueueRow } from '../watcher.ts';
import { countAt, numberAt, textAt } from './row.ts';
import { secondsSince, utcNow } from './sql.ts';

/** Jobs of one state in one channel. */
export interface QueueGroup extends QueueRow {
  /** Started over an hour ago, or handed out over five minutes ago and not started. */
  readonly stuck: number;
  readonly stuckSeconds: number | null;
  /** `model.method` of the job that has been stuck the longest. */
  readonly stuckJob: string | null;
  /** Failed within the last hour. */
  readonly failedLately: number;
  /** The exception that most of those ended with. */
  readonly failedWith: string | null;
}

/** The jobs of OCA's queue_job that are not over, and those that failed. */
export const queue: DatabaseQuery<readonly QueueGroup[]> = {
  name: 'queue',
  every: 15,
  deadlineMs: 3000,
  columns: {
    queue_job: [
      'state',
      'channel',
      'eta',
      'date_created',
      'date_enqueued',
      'date_started',
      'date_done',
      'model_name',
      'method_name',
      'exc_name',
    ],
  },
  query: (schema) =>
    schema.hasColumns('queue_job', 'state', 'channel', 'eta', 'date_created', 'date_enqueued', 'date_started')
      ? { text: sql(schema.hasColumns('queue_job', 'exc_name'), schema.hasColumns('queue_job', 'date_done')) }
      : null,
  parse: (rows) => rows.map(group),
};

function group(row: Row): QueueGroup {
  return {
    state: textAt(row, 'state') ?? '',
    channel: textAt(row, 'channel') ?? 'root',
    count: countAt(row, 'count'),
    oldestSeconds: numberAt(row, 'oldest_s'),
    stuck: countAt(row, 'stuck'),
    stuckSeconds: numberAt(row, 'stuck_s'),
    stuckJob: textAt(row, 'stuck_job'),
    failedLately: countAt(row, 'failed_lately'),
    failedWith: textAt(row, 'failed_with'),
  };
}

/**
 * By the index on state; a month of `done` jobs is never touched (facts: odoo.md §3.4 S5). A pending job whose time has
 * not come does not wait. A failed job keeps the time it was started; branches differ on date_done.
 */
function sql(hasException: boolean, hasDone: boolean): string {
  const stuckSince = "CASE state WHEN 'started' THEN date_started WHEN 'enqueued' THEN date_enqueued END";
  const stuck = `(state = 'started' AND date_started < ${utcNow} - interval '1 hour'
    OR state = 'enqueued' AND date_enqueued < ${utcNow} - interval '5 min')`;
  const ended = hasDone ? 'coalesce(date_done, date_started, date_created)' : 'coalesce(date_started, date_created)';
  const lately = `state = 'failed' AND ${ended} > ${utcNow} - interval '1 hour'`;
  return `
    SELECT state, coalesce(channel, 'root') AS channel, count(*)::int AS count,
      ${secondsSince("min(CASE state WHEN 'pending' THEN greatest(date_created, eta) WHEN 'started' THEN date_started WHEN 'enqueued' THEN date_enqueued ELSE date_created END)")} AS oldest_s,
      (count(*) FILTER (WHERE ${stuck}))::int AS stuck,
      ${secondsSince(`min(${stuckSince}) FILTER (WHERE ${stuck})`)} AS stuck_s,
      (array_agg(concat_ws('.', model_name, method_name) ORDER BY ${stuckSince}) FILTER (WHERE ${stuck}))[1] AS stuck_job,
      (count(*) FILTER (WHERE ${lately}))::int AS failed_lately,
      ${hasException ? `mode() WITHIN GROUP (ORDER BY exc_name) FILTER (WHERE ${lately})` : 'NULL::text'} AS failed_with
    FROM queue_job
    WHERE state IN ('pending', 'enqueued', 'started', 'failed', 'wait_dependencies')
      AND (state <> 'pending' OR eta IS NULL OR eta <= ${utcNow})
    GROUP BY 1, 2 ORDER BY 1, 2`;
}
