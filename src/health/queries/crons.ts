import type { Row } from '#systems/postgres/server.ts';
import { instant } from '#text/clock.ts';
import type { DatabaseQuery, Schema } from '../signal.ts';
import type { CronRow } from '../watcher.ts';
import { countAt, flagAt, numberAt, textAt } from './row.ts';
import { epochOf, nameOf, secondsSince, utcNow } from './sql.ts';

export interface Cron extends CronRow {
  /** Seconds since its first failure in a row; null where the series does not say, or nothing failed. */
  readonly failingSeconds: number | null;
  /** Odoo itself has switched it off after failing for a week (18 and later). */
  readonly switchedOff: boolean;
}

/** A cron that was switched off longer ago than this is nobody's news. */
const news = "interval '30 days'";

/** A neutralized copy has all of its crons switched off by SQL; that many are not failures. */
const neutralized = 5;

/** The scheduled actions of a tenant, the latest first: what is active, and what Odoo has given up on. */
export const crons: DatabaseQuery<readonly Cron[]> = {
  name: 'crons',
  every: 15,
  deadlineMs: 3000,
  columns: {
    ir_cron: [
      'id',
      'cron_name',
      'active',
      'nextcall',
      'lastcall',
      'write_date',
      'numbercall',
      'failure_count',
      'first_failure_date',
    ],
    ir_cron_trigger: ['cron_id', 'call_at'],
  },
  query: (schema) =>
    schema.hasColumns('ir_cron', 'id', 'cron_name', 'active', 'nextcall', 'lastcall') ? { text: sql(schema) } : null,
  parse(rows) {
    const all = rows.map(cron);
    return all.filter(({ switchedOff }) => switchedOff).length > neutralized
      ? all.filter(({ switchedOff }) => !switchedOff)
      : all;
  },
};

function cron(row: Row): Cron {
  return {
    id: countAt(row, 'id'),
    name: textAt(row, 'name') ?? `cron ${countAt(row, 'id')}`,
    nextCall: moment(numberAt(row, 'next_at')),
    lastCall: moment(numberAt(row, 'last_at')),
    lateSeconds: Math.max(0, numberAt(row, 'late_s') ?? 0),
    failures: numberAt(row, 'failures'),
    failingSeconds: numberAt(row, 'failing_s'),
    switchedOff: flagAt(row, 'switched_off'),
  };
}

/** Dates far outside the calendar of JavaScript are possible in PostgreSQL; they are no moment to show. */
function moment(epochSeconds: number | null): string | null {
  return epochSeconds === null || Math.abs(epochSeconds) > 8.64e12 ? null : instant(epochSeconds * 1000);
}

/**
 * Late means its time, or that of a trigger, has come and it has not ended yet; while a cron runs it is late too
 * (facts: odoo.md §0.4). Odoo 18 switches off what has failed for a week with plain SQL, which leaves write_date alone
 * and then sets lastcall: a person's own switching is the other way round (facts: odoo.md §0.3).
 */
function sql(schema: Schema): string {
  const counts = schema.hasColumns('ir_cron', 'failure_count', 'first_failure_date');
  const judgesItself = counts && schema.hasColumns('ir_cron', 'write_date');
  const triggers = schema.hasColumns('ir_cron_trigger', 'cron_id', 'call_at');
  const due = triggers ? 'least(c.nextcall, t.due)' : 'c.nextcall';
  const off = judgesItself
    ? `(NOT coalesce(c.active, false) AND c.lastcall > c.write_date AND c.lastcall > ${utcNow} - ${news})`
    : 'false';
  return `
    SELECT c.id, ${nameOf(schema, 'ir_cron', 'cron_name', 'c')} AS name,
      ${epochOf('c.nextcall')} AS next_at, ${epochOf('c.lastcall')} AS last_at,
      CASE WHEN c.active THEN ${secondsSince(due)} ELSE 0 END AS late_s,
      ${counts ? 'coalesce(c.failure_count, 0)' : 'NULL::int'} AS failures,
      ${counts ? secondsSince('c.first_failure_date') : 'NULL::float8'} AS failing_s,
      ${off} AS switched_off
    FROM ir_cron c
    ${triggers ? `LEFT JOIN (SELECT cron_id, min(call_at) AS due FROM ir_cron_trigger GROUP BY cron_id) t ON t.cron_id = c.id` : ''}
    WHERE (c.active ${schema.hasColumns('ir_cron', 'numbercall') ? 'AND coalesce(c.numbercall, -1) <> 0' : ''}) OR ${off}
    ORDER BY ${due} NULLS LAST LIMIT 200`;
}
