import type { DatabaseQuery } from '../signal.ts';
import { medianOf } from './median.ts';
import { numberAt, numbersAt } from './row.ts';
import { epochOf, utcNow } from './sql.ts';

/** How a tenant sells now, beside how it usually sells at this weekday and hour. */
export interface Orders {
  /** Orders of the last 15 minutes: tills, website and back office together. */
  readonly recent: number;
  /** Median of the same 15 minutes of earlier weeks, in the tenant's own time; null without a week to look at. */
  readonly baseline: number | null;
  /** How many earlier weeks the baseline stands on, at most 6. */
  readonly weeks: number;
  /** Orders of each five minutes of the last hour, oldest first: 12 of them. */
  readonly lastHour: readonly number[];
  /** Epoch seconds, within the last 7 days; null when there was none. */
  readonly lastOrderAt: number | null;
  /** Seconds since then, by the server's clock. */
  readonly lastOrderSeconds: number | null;
}

/**
 * What counts as an order. Baskets and drafts are left out: `state` is a varchar, so a value that a series no longer has
 * (`invoiced` in 19, `done` of sales after 16) matches nothing and harms nothing.
 */
const sources = [
  { table: 'pos_order', states: "('paid','done','invoiced')" },
  { table: 'sale_order', states: "('sale','done')" },
] as const;

export const orders: DatabaseQuery<Orders> = {
  name: 'orders',
  every: 30,
  deadlineMs: 3000,
  columns: { pos_order: ['state', 'date_order'], sale_order: ['state', 'date_order'] },
  query(schema, tenant) {
    const present = sources.filter(({ table }) => schema.hasColumns(table, 'state', 'date_order'));
    return present.length === 0 ? null : { text: sql(present), values: [tenant.timezone] };
  },
  parse(rows) {
    const row = rows[0] ?? {};
    const [recent = 0, ...earlier] = numbersAt(row, 'windows');
    const first = numberAt(row, 'first_at');
    const now = numberAt(row, 'now_at') ?? 0;
    // A shop that opened three weeks ago has three weeks to compare with, not six of which three are zero.
    const weeks = first === null ? 0 : Math.min(earlier.length, Math.floor((now - first) / (7 * 86_400)));
    const lastOrderAt = numberAt(row, 'last_at');
    return {
      recent,
      baseline: weeks === 0 ? null : medianOf(earlier.slice(0, weeks)),
      weeks,
      lastHour: bucketsOf(numbersAt(row, 'hour')),
      lastOrderAt,
      lastOrderSeconds: lastOrderAt === null ? null : Math.max(0, now - lastOrderAt),
    };
  },
};

function bucketsOf(hour: readonly number[]): readonly number[] {
  return Array.from({ length: 12 }, (_, index) => hour[index] ?? 0);
}

/**
 * Each count is a short range of the index on date_order (facts: odoo.md §3.4 S1, S2: 0.1 and 0.4 ms at 0.8 M orders).
 * Weeks are stepped in local time, so that a change of clocks in between does not move the hour. A till whose clock is a
 * little ahead still sells now.
 */
function sql(present: readonly (typeof sources)[number][]): string {
  const each = (make: (source: (typeof sources)[number]) => string, glue: string) => present.map(make).join(glue);
  const count = (from: string, until: string) =>
    `(${each(
      ({ table, states }) =>
        `(SELECT count(*) FROM ${table} o
          WHERE o.date_order >= ${from} AND o.date_order < ${until} AND o.state IN ${states})`,
      ' + ',
    )})::int`;
  const least = each(({ table }) => `(SELECT min(date_order) FROM ${table})`, ', ');
  const latest = each(
    ({ table, states }) =>
      `(SELECT max(o.date_order) FROM ${table} o WHERE o.state IN ${states}
        AND o.date_order >= ${utcNow} - interval '7 days' AND o.date_order < ${utcNow} + interval '5 min')`,
    ', ',
  );
  return `
    SELECT
      ARRAY(
        SELECT ${count(`w.until - interval '15 min'`, `w.until + CASE WHEN w.week = 0 THEN interval '5 min' ELSE '0' END`)}
        FROM (
          SELECT week,
            ((now() AT TIME ZONE $1::text) - week * interval '7 days') AT TIME ZONE $1::text AT TIME ZONE 'utc' AS until
          FROM generate_series(0, 6) week
        ) w ORDER BY w.week
      ) AS windows,
      ARRAY(
        SELECT ${count('b.start', `b.start + CASE WHEN b.slot = 1 THEN interval '10 min' ELSE interval '5 min' END`)}
        FROM (
          SELECT slot, ${utcNow} - slot * interval '5 min' AS start FROM generate_series(12, 1, -1) slot
        ) b ORDER BY b.slot DESC
      ) AS hour,
      ${epochOf(`least(${least})`)} AS first_at,
      ${epochOf(`greatest(${latest})`)} AS last_at,
      extract(epoch FROM now())::float8 AS now_at`;
}
