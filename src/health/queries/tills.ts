import type { Row } from '#systems/postgres/server.ts';
import type { DatabaseQuery, Schema } from '../signal.ts';
import { countAt, flagAt, numberAt, textAt } from './row.ts';
import { nameOf, secondsSince } from './sql.ts';

/** A till's session that is not closed. */
export interface Till {
  readonly session: string;
  readonly till: string;
  /** `opening_control`, `opened`, `closing_control`. */
  readonly state: string;
  /** Opened by Odoo itself for orders that came after their own session was closed. */
  readonly rescue: boolean;
  readonly openSeconds: number | null;
  /** Since it came into its state, at most: any later write counts. */
  readonly stateSeconds: number | null;
  /** Paid ones: a basket that is typed and never paid is no sale. */
  readonly orders: number;
  readonly lastOrderSeconds: number | null;
}

export const tills: DatabaseQuery<readonly Till[]> = {
  name: 'tills',
  every: 30,
  deadlineMs: 3000,
  columns: {
    pos_session: ['id', 'name', 'config_id', 'state', 'rescue', 'start_at', 'write_date'],
    pos_config: ['id', 'name'],
    pos_order: ['session_id', 'date_order', 'state'],
  },
  query: (schema) =>
    schema.hasColumns('pos_session', 'id', 'name', 'config_id', 'state', 'rescue', 'start_at', 'write_date') &&
    schema.hasColumns('pos_config', 'id', 'name') &&
    schema.hasColumns('pos_order', 'session_id', 'date_order', 'state')
      ? { text: sql(schema) }
      : null,
  parse: (rows) => rows.map(till),
};

function till(row: Row): Till {
  return {
    session: textAt(row, 'session') ?? '',
    till: textAt(row, 'till') ?? '',
    state: textAt(row, 'state') ?? '',
    rescue: flagAt(row, 'rescue'),
    openSeconds: numberAt(row, 'open_s'),
    stateSeconds: numberAt(row, 'state_s'),
    orders: countAt(row, 'orders'),
    lastOrderSeconds: numberAt(row, 'last_order_s'),
  };
}

/** By the indexes on pos_session.state and pos_order.session_id (facts: odoo.md §3.4 S7, S7b: 0.6 and 0.3 ms). */
function sql(schema: Schema): string {
  return `
    SELECT s.name AS session, ${nameOf(schema, 'pos_config', 'name', 'c')} AS till, s.state, s.rescue,
      ${secondsSince('s.start_at')} AS open_s, ${secondsSince('s.write_date')} AS state_s,
      o.orders, ${secondsSince('o.last_order')} AS last_order_s
    FROM pos_session s
    JOIN pos_config c ON c.id = s.config_id
    CROSS JOIN LATERAL (
      SELECT count(*)::int AS orders, max(date_order) AS last_order FROM pos_order
      WHERE session_id = s.id AND state IN ('paid', 'done', 'invoiced')
    ) o
    WHERE s.state IN ('opening_control', 'opened', 'closing_control')
    ORDER BY s.id DESC LIMIT 500`;
}
