import type { Sql } from '../sql.ts';
import type { SandboxTenant } from '../tenants.ts';

/** An order that was made at a till or in the webshop; till orders reach the server a little later. */
export interface MadeOrder {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly till: number;
  readonly amount: number;
  /** When the server is said to have heard of it, for one made after the fact; null: when it really does. */
  readonly seen: number | null;
}

const at = "date_trunc('second', to_timestamp(made.at / 1000) AT TIME ZONE 'utc')";
const utcNow = "(clock_timestamp() AT TIME ZONE 'utc')";

function asRecords(orders: readonly MadeOrder[]): readonly unknown[] {
  return [JSON.stringify(orders)];
}

const made = 'jsonb_to_recordset($1) AS made(at float8, till int, amount numeric, seen float8)';
const seenAt = `coalesce(to_timestamp(made.seen / 1000) AT TIME ZONE 'utc', ${utcNow})`;

/** Each goes to the open session of its till; a till that is closed sells nothing. */
export async function insertTillOrders(
  sql: Sql,
  { series }: SandboxTenant,
  orders: readonly MadeOrder[],
): Promise<void> {
  const [column, value] = series >= 18 ? [', uuid', ', gen_random_uuid()::text'] : ['', ''];
  await sql(
    `INSERT INTO pos_order (name, company_id, session_id, config_id, state, pos_reference, date_order, amount_tax,
       amount_total, amount_paid, amount_return, create_date, write_date, user_id${column})
     SELECT 'Shop/' || extract(epoch FROM now())::bigint || '-' || made.till, 1, s.id, s.config_id, 'paid',
       'Order ' || s.id || '-' || (made.at::bigint / 1000), ${at}, round(made.amount * 0.2, 2), made.amount, made.amount, 0,
       ${seenAt}, ${seenAt}, s.user_id${value}
     FROM ${made} JOIN pos_session s ON s.config_id = made.till AND s.state = 'opened' ORDER BY made.at`,
    asRecords(orders),
  );
}

/** A webshop's order is paid at once; its payment waits for the post-processing cron, its goods for the warehouse. */
export async function insertWebOrders(
  sql: Sql,
  { series }: SandboxTenant,
  orders: readonly MadeOrder[],
): Promise<void> {
  const [column, value] = series < 19 ? [', date', ', date_order'] : ['', ''];
  await sql(
    `WITH sold AS (
       INSERT INTO sale_order (name, company_id, partner_id, partner_invoice_id, partner_shipping_id, warehouse_id,
         picking_policy, state, invoice_status, website_id, date_order, amount_total, create_date, write_date)
       SELECT 'S' || nextval('sale_order_id_seq'), 1, 10 + made.till, 10 + made.till, 10 + made.till, 1, 'direct', 'sale',
         'to invoice', 1, ${at}, made.amount, ${at} - interval '3 min', ${at}
       FROM ${made} ORDER BY made.at
       RETURNING *
     ), paid AS (
       INSERT INTO payment_transaction (provider_id, payment_method_id, currency_id, partner_id, company_id, reference,
         provider_reference, state, operation, amount, is_post_processed, last_state_change, create_date, write_date)
       SELECT 1, 1, 1, partner_id, 1, name || '-1', 'psp' || md5(name), 'done', 'online_redirect', amount_total, false,
         date_order, date_order - interval '40 s', date_order FROM sold
     )
     INSERT INTO stock_picking (name, state, picking_type_id, location_id, location_dest_id, company_id, move_type, sale_id,
       scheduled_date, date_deadline, create_date, write_date${column})
     SELECT 'WH/OUT/' || name, 'assigned', 2, 3, 2, 1, 'direct', id, date_order + interval '2 days',
       date_order + interval '2 days', date_order, date_order${value} FROM sold`,
    asRecords(orders),
  );
}

/** As if nothing had been sold since then. */
export async function takeBackOrders(sql: Sql, since: number): Promise<void> {
  const moment = "to_timestamp($1 / 1000.0) AT TIME ZONE 'utc'";
  await sql(`DELETE FROM pos_order WHERE date_order > ${moment}`, [since]);
  await sql(
    `WITH gone AS (DELETE FROM sale_order WHERE date_order > ${moment} RETURNING id, name),
       pickings AS (DELETE FROM stock_picking WHERE sale_id IN (SELECT id FROM gone))
     DELETE FROM payment_transaction WHERE reference IN (SELECT name || '-1' FROM gone)`,
    [since],
  );
}
