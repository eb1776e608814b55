import type { DatabaseQuery, Schema } from '../signal.ts';
import { countAt, numberAt, textAt } from './row.ts';
import { nameOf, utcNow } from './sql.ts';

/** How late the orders of the last two hours came from their tills. */
export interface PosSync {
  readonly orders: number;
  /** Arrived over ten minutes after they were paid. */
  readonly late: number;
  /** 95 of 100 came within this many seconds; null without orders. */
  readonly p95Seconds: number | null;
  readonly worstSeconds: number | null;
  readonly worstTill: string | null;
  /** Stamped over a minute after they arrived: that till's clock is ahead. */
  readonly ahead: number;
}

export const posSync: DatabaseQuery<PosSync> = {
  name: 'pos-sync',
  every: 30,
  deadlineMs: 3000,
  columns: {
    pos_order: ['date_order', 'create_date', 'state', 'session_id'],
    pos_session: ['id', 'config_id'],
    pos_config: ['id', 'name'],
  },
  query: (schema) =>
    schema.hasColumns('pos_order', 'date_order', 'create_date', 'state', 'session_id') ? { text: sql(schema) } : null,
  parse(rows) {
    const row = rows[0] ?? {};
    return {
      orders: countAt(row, 'orders'),
      late: countAt(row, 'late'),
      p95Seconds: numberAt(row, 'p95_s'),
      worstSeconds: numberAt(row, 'worst_s'),
      worstTill: textAt(row, 'worst_till'),
      ahead: countAt(row, 'ahead'),
    };
  },
};

/**
 * The till stamps the payment, create_date is the arrival: their difference is honest (facts: odoo.md §3.3). By the index
 * on date_order. A till that never comes back shows nowhere here; `silent-tills` is what sees it.
 */
function sql(schema: Schema): string {
  const named = schema.hasColumns('pos_session', 'id', 'config_id') && schema.hasColumns('pos_config', 'id', 'name');
  const till = named
    ? `(SELECT ${nameOf(schema, 'pos_config', 'name', 'c')} FROM pos_session s JOIN pos_config c ON c.id = s.config_id
        WHERE s.id = w.worst_session)`
    : 'NULL::text';
  return `
    SELECT w.orders, w.late, w.p95_s, w.worst_s, w.ahead, ${till} AS worst_till
    FROM (
      SELECT (count(*) FILTER (WHERE lag >= 0))::int AS orders,
        (count(*) FILTER (WHERE lag > 600))::int AS late,
        percentile_cont(0.95) WITHIN GROUP (ORDER BY lag) FILTER (WHERE lag >= 0) AS p95_s,
        max(lag) AS worst_s,
        (count(*) FILTER (WHERE lag < -60))::int AS ahead,
        (array_agg(session_id ORDER BY lag DESC NULLS LAST))[1] AS worst_session
      FROM (
        SELECT session_id, extract(epoch FROM create_date - date_order)::float8 AS lag FROM pos_order
        WHERE date_order >= ${utcNow} - interval '2 hours' AND state IN ('paid', 'done', 'invoiced')
      ) o
    ) w`;
}
