import type { DatabaseQuery, Schema } from '../signal.ts';
import { countAt, numberAt, textAt } from './row.ts';
import { secondsSince, utcNow } from './sql.ts';

/** Online payments that are neither over nor new. */
export interface Payments {
  /** Begun within a day and without an answer from the provider for over half an hour. */
  readonly pending: number;
  readonly pendingSeconds: number | null;
  /** The provider that most of those wait for, as Odoo codes it. */
  readonly pendingAt: string | null;
  /** Money taken, and over twenty minutes later the order still not confirmed. */
  readonly unprocessed: number;
  readonly unprocessedSeconds: number | null;
  readonly unprocessedAt: string | null;
}

/** A bank transfer takes days, and cash is counted later: waiting for those is their nature. */
const slow = "('custom', 'transfer', 'manual', 'none', 'demo', 'test')";

export const payments: DatabaseQuery<Payments> = {
  name: 'payments',
  every: 30,
  deadlineMs: 3000,
  columns: {
    payment_transaction: [
      'id',
      'state',
      'provider_id',
      'acquirer_id',
      'is_post_processed',
      'last_state_change',
      'create_date',
    ],
    payment_provider: ['id', 'code'],
    payment_acquirer: ['id', 'provider'],
  },
  query: (schema) =>
    schema.hasColumns('payment_transaction', 'id', 'state', 'is_post_processed', 'last_state_change', 'create_date')
      ? { text: sql(schema) }
      : null,
  parse(rows) {
    const row = rows[0] ?? {};
    return {
      pending: countAt(row, 'pending'),
      pendingSeconds: numberAt(row, 'pending_s'),
      pendingAt: textAt(row, 'pending_at'),
      unprocessed: countAt(row, 'unprocessed'),
      unprocessedSeconds: numberAt(row, 'unprocessed_s'),
      unprocessedAt: textAt(row, 'unprocessed_at'),
    };
  },
};

/**
 * Pending ones by the index on state, done ones among the last 20,000 by primary key (facts: odoo.md §3.4 S4, S4b).
 * Drafts are left out: a customer who closes the payment page leaves one. Odoo processes within 10 minutes and gives up
 * after 4 days.
 */
function sql(schema: Schema): string {
  const provider = providerOf(schema);
  return `
    WITH open AS (
      SELECT t.state, coalesce(t.last_state_change, t.create_date) AS since, ${provider.code} AS code
      FROM payment_transaction t ${provider.join}
      WHERE t.state = 'pending' AND t.create_date >= ${utcNow} - interval '1 day'
        AND coalesce(t.last_state_change, t.create_date) < ${utcNow} - interval '30 min'
        AND coalesce(${provider.code}, '') NOT IN ${slow}
    ), taken AS (
      SELECT t.last_state_change AS since, ${provider.code} AS code
      FROM payment_transaction t ${provider.join}
      WHERE t.id > (SELECT coalesce(max(id), 0) - 20000 FROM payment_transaction)
        AND t.state = 'done' AND t.is_post_processed IS NOT TRUE
        AND t.last_state_change BETWEEN ${utcNow} - interval '4 days' AND ${utcNow} - interval '20 min'
    )
    SELECT p.pending, p.pending_s, p.pending_at, u.unprocessed, u.unprocessed_s, u.unprocessed_at
    FROM (
      SELECT count(*)::int AS pending, ${secondsSince('min(since)')} AS pending_s,
        mode() WITHIN GROUP (ORDER BY code) AS pending_at FROM open
    ) p, (
      SELECT count(*)::int AS unprocessed, ${secondsSince('min(since)')} AS unprocessed_s,
        mode() WITHIN GROUP (ORDER BY code) AS unprocessed_at FROM taken
    ) u`;
}

/** 15 calls it `payment_acquirer`, with its kind in `provider`; 16 and later `payment_provider`, with `code`. */
function providerOf(schema: Schema): { readonly join: string; readonly code: string } {
  if (schema.hasColumns('payment_transaction', 'provider_id') && schema.hasColumns('payment_provider', 'id', 'code')) {
    return { join: 'LEFT JOIN payment_provider p ON p.id = t.provider_id', code: 'p.code' };
  }
  return schema.hasColumns('payment_transaction', 'acquirer_id') &&
    schema.hasColumns('payment_acquirer', 'id', 'provider')
    ? { join: 'LEFT JOIN payment_acquirer p ON p.id = t.acquirer_id', code: 'p.provider' }
    : { join: '', code: 'NULL::text' };
}
