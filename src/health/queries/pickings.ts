import type { DatabaseQuery } from '../signal.ts';
import { medianOf } from './median.ts';
import { countAt, numberAt, numbersAt, textAt } from './row.ts';
import { secondsSince, utcNow } from './sql.ts';

/** Transfers planned for the last week that are a day late or more, beside how many were late in earlier weeks. */
export interface Pickings {
  readonly late: number;
  /** Median of the same count as it stood one, two, three and four weeks ago. */
  readonly usual: number;
  readonly oldestSeconds: number | null;
  /** The kind that most of the late are, as Odoo codes it: `outgoing`, `incoming`, `internal` … */
  readonly kind: string | null;
  readonly ofKind: number;
}

export const pickings: DatabaseQuery<Pickings> = {
  name: 'pickings',
  every: 300,
  deadlineMs: 5000,
  columns: {
    stock_picking: ['state', 'scheduled_date', 'date_done', 'picking_type_id'],
    stock_picking_type: ['id', 'code'],
  },
  query: (schema) =>
    schema.hasColumns('stock_picking', 'state', 'scheduled_date', 'date_done', 'picking_type_id') &&
    schema.hasColumns('stock_picking_type', 'id', 'code')
      ? { text }
      : null,
  parse(rows) {
    const row = rows[0] ?? {};
    const [late = 0, ...earlier] = numbersAt(row, 'weeks');
    return {
      late,
      usual: medianOf(earlier),
      oldestSeconds: numberAt(row, 'oldest_s'),
      kind: textAt(row, 'kind'),
      ofKind: countAt(row, 'of_kind'),
    };
  },
};

/**
 * Every old tenant drags a tail of transfers that nobody will ever do, so only a week's worth is judged, and against the
 * tenant's own weeks (facts: odoo.md §3.3 Picking late). What was late k weeks ago is known today: it was done after
 * that moment, or never. By the index on scheduled_date, in ranges of a week.
 */
const text = `
  WITH week AS (SELECT k, ${utcNow} - k * interval '7 days' AS at FROM generate_series(0, 4) k),
  late AS (
    SELECT t.code, count(*)::int AS n, min(p.scheduled_date) AS oldest
    FROM stock_picking p JOIN stock_picking_type t ON t.id = p.picking_type_id
    WHERE p.scheduled_date >= ${utcNow} - interval '8 days' AND p.scheduled_date < ${utcNow} - interval '1 day'
      AND p.state IN ('waiting', 'confirmed', 'assigned')
    GROUP BY t.code
  )
  SELECT
    ARRAY(
      SELECT (
        SELECT count(*)::int FROM stock_picking p
        WHERE p.scheduled_date >= w.at - interval '8 days' AND p.scheduled_date < w.at - interval '1 day'
          AND (p.state IN ('waiting', 'confirmed', 'assigned') OR (p.state = 'done' AND p.date_done > w.at))
      ) FROM week w ORDER BY w.k
    ) AS weeks,
    (SELECT ${secondsSince('min(oldest)')} FROM late) AS oldest_s,
    (SELECT code FROM late ORDER BY n DESC, code LIMIT 1) AS kind,
    (SELECT max(n) FROM late) AS of_kind`;
