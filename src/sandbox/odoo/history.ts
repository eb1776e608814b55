import { openingHours } from '../curve.ts';
import type { Sql } from '../sql.ts';
import type { SandboxTenant } from '../tenants.ts';
import { days, writeOrders } from './past-orders.ts';

/**
 * What a shop has behind it when it first opens: the last day in full, and of six weeks the hours that now is compared
 * with. The rest of the six weeks follows while the shop is open (`past-orders.ts`), so that nobody waits for it.
 */
export async function writeHistory(sql: Sql, tenant: SandboxTenant, seed: number, now: number): Promise<void> {
  await sql('BEGIN');
  // random() follows from here, statement by statement.
  await sql('SELECT setseed($1::float8)', [(seed % 2_000_001) / 1_000_000 - 1]);
  await sql(sessionsSql, [tenant.timezone, tenant.tills]);
  await writeOrders(sql, tenant, now, 'needed-now');
  await sql(paymentsSql);
  await sql(pickingsSql(tenant));
  await sql(movesSql(tenant));
  await sql(invoicesSql(tenant));
  await sql(mailSql);
  await sql(presenceSql(tenant));
  await sql(cronTimesSql);
  if (tenant.series < 19) {
    await sql(jobsSql);
  }
  await sql('COMMIT');
}

const utcNow = "(now() AT TIME ZONE 'utc')";

/** A session a till and day; today's are open while the shop is. Their ids run day by day, till by till. */
const sessionsSql = `
  INSERT INTO pos_session (config_id, user_id, name, state, start_at, stop_at, rescue, create_date)
  SELECT till, 2 + till % 8, 'POS/' || (n + 1000), CASE WHEN is_open THEN 'opened' ELSE 'closed' END,
    start_at, CASE WHEN NOT is_open THEN stop_at END, false, start_at
  FROM (
    SELECT *, start_at <= ${utcNow} AND stop_at > ${utcNow} AS is_open, row_number() OVER (ORDER BY day, till) AS n
    FROM (
      SELECT day, till,
        ((now() AT TIME ZONE $1)::date - (${days} - day) + interval '${openingHours.from - 1} hours 40 min'
          + till * interval '41 s') AT TIME ZONE $1 AT TIME ZONE 'utc' AS start_at,
        ((now() AT TIME ZONE $1)::date - (${days} - day) + interval '${openingHours.until} hours 10 min'
          + till * interval '53 s') AT TIME ZONE $1 AT TIME ZONE 'utc' AS stop_at
      FROM generate_series(0, ${days}) day, generate_series(1, $2::int) till
    ) times
  ) sessions
  WHERE start_at <= ${utcNow} ORDER BY n`;

/** Eight days are enough for every question that is asked of payments. The newest wait for their cron. */
const paymentsSql = `
  INSERT INTO payment_transaction (provider_id, payment_method_id, currency_id, partner_id, company_id, reference,
    provider_reference, state, operation, amount, is_post_processed, last_state_change, create_date, write_date)
  SELECT 1, 1, 1, partner_id, 1, name || '-1', 'psp' || md5(name), CASE WHEN state = 'cancel' THEN 'cancel' ELSE 'done' END,
    'online_redirect', amount_total, date_order < ${utcNow} - interval '6 min', date_order, date_order - interval '40 s', date_order
  FROM sale_order WHERE state <> 'draft' AND date_order > ${utcNow} - interval '8 days' ORDER BY id`;

/** Goods leave within two days; a handful is always late. */
function pickingsSql({ series }: SandboxTenant): string {
  const [column, value] = series < 19 ? [', date', ', date_order'] : ['', ''];
  return `
    INSERT INTO stock_picking (name, state, picking_type_id, location_id, location_dest_id, company_id, move_type, sale_id,
      scheduled_date, date_deadline, date_done, create_date, write_date${column})
    SELECT 'WH/OUT/' || lpad(id::text, 8, '0'),
      CASE WHEN is_late THEN 'confirmed' WHEN is_done THEN 'done' ELSE 'assigned' END, 2, 3, 2, 1, 'direct', id, due, due,
      CASE WHEN is_done AND NOT is_late THEN due - interval '2 hours' END, date_order, date_order${value}
    FROM (
      SELECT *, date_order + interval '2 days' AS due, date_order < ${utcNow} - interval '46 hours' AS is_done,
        id % 450 = 0 AS is_late
      FROM sale_order WHERE state = 'sale' AND date_order > ${utcNow} - interval '8 days'
    ) s ORDER BY id`;
}

function movesSql({ series }: SandboxTenant): string {
  const [columns, values] = series < 19 ? ['quantity, name', "1, 'Goods'"] : ['quantity', '1'];
  return `
    INSERT INTO stock_move (state, picking_id, product_id, product_uom, location_id, location_dest_id, company_id,
      procure_method, product_uom_qty, date, create_date, ${columns})
    SELECT state, id, 1 + id % 600, 1, 3, 2, 1, 'make_to_stock', 1, scheduled_date, create_date, ${values}
    FROM stock_picking WHERE create_date > ${utcNow} - interval '3 days'`;
}

function invoicesSql({ series }: SandboxTenant): string {
  const checked = series >= 18 ? 'checked' : 'to_check';
  return `
    INSERT INTO account_move (name, state, move_type, journal_id, currency_id, auto_post, date, invoice_date, payment_state,
      posted_before, amount_total, create_date, ${checked})
    SELECT 'INV/' || id, 'posted', 'out_invoice', 1, 1, 'no', date_order::date, date_order::date, 'paid', true, amount_total,
      date_order, ${series >= 18}
    FROM sale_order WHERE state = 'sale' AND id % 20 = 0`;
}

const mailSql = `
  INSERT INTO mail_mail (mail_message_id, state, email_to, auto_delete, body_html, create_date)
  SELECT 9000 + n, CASE WHEN n <= 3 THEN 'outgoing' ELSE 'sent' END, 'customer' || n || '@example.com', n <= 3,
    '<p>Your order is on its way.</p>', ${utcNow} - n * interval '4 min'
  FROM generate_series(1, 40) n;
  INSERT INTO mail_notification (mail_message_id, res_partner_id, notification_type, notification_status, is_read)
  SELECT 9000 + n, 10 + n, 'email', 'sent', true FROM generate_series(1, 200) n`;

function presenceSql({ series }: SandboxTenant): string {
  return `
    INSERT INTO ${series >= 19 ? 'mail_presence' : 'bus_presence'} (user_id, status, last_poll, last_presence)
    SELECT n, 'online', ${utcNow}, ${utcNow} FROM generate_series(2, 8) n;
    INSERT INTO bus_bus (channel, message, create_date)
    SELECT '["db","res.partner",' || n || ']', '{"type":"mail.message/seen"}', ${utcNow} - n * interval '2 min'
    FROM generate_series(1, 60) n;
    INSERT INTO res_users_log (create_uid, create_date)
    SELECT n, ${utcNow} - n * interval '37 min' FROM generate_series(2, 12) n`;
}

/** Each cron somewhere in its own interval: the last run behind it, the next ahead. */
const cronTimesSql = `
  UPDATE ir_cron SET lastcall = ${utcNow} - share * span, nextcall = ${utcNow} + (1 - share) * span
  FROM (SELECT id AS cron, random() * 0.9 + 0.05 AS share, interval_number * ('1 ' || interval_type)::interval AS span FROM ir_cron) t
  WHERE id = cron`;

const jobsSql = `
  INSERT INTO queue_job (uuid, state, name, model_name, method_name, channel, priority, retry, max_retries, date_created,
    date_enqueued, date_started, date_done, exec_time, company_id, user_id, func_string, args, kwargs, records)
  SELECT gen_random_uuid()::text, 'done', 'Export stock', 'stock.quant', 'export_stock',
    CASE WHEN n % 3 = 0 THEN 'root.connector' ELSE 'root' END, 10, 0, 5, at, at + interval '1 s', at + interval '2 s',
    at + interval '4 s', 2, 1, 1, 'stock.quant().export_stock()', '[]', '{}', '[]'
  FROM (SELECT n, ${utcNow} - n * interval '90 s' AS at FROM generate_series(1, 2000) n) j ORDER BY at`;
