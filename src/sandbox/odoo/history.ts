import { curves, openingHours } from '../curve.ts';
import { identifier, type Sql } from '../sql.ts';
import type { SandboxTenant } from '../tenants.ts';

const days = 42;

/**
 * Six weeks of a shop's life, up to this second, written as sets: one statement a table, about a quarter of a million
 * rows a second. The same curve makes the trading day, so that now looks like this hour of earlier weeks.
 */
export async function writeHistory(sql: Sql, tenant: SandboxTenant, seed: number): Promise<void> {
  await sql('BEGIN');
  const indexes = await takeOffIndexes(sql);
  // random() follows from here, statement by statement.
  await sql('SELECT setseed($1::float8)', [(seed % 2_000_001) / 1_000_000 - 1]);
  await sql(sessionsSql, [tenant.timezone, tenant.tills]);
  await sql(tillOrdersSql(tenant), [
    ...[tenant.timezone, tenant.tillOrdersAtPeak, curves.tillsByHour, curves.byWeekday, tenant.tills],
  ]);
  await sql(webOrdersSql, [tenant.timezone, tenant.webOrdersAtPeak, curves.webByHour, curves.byWeekday]);
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
  for (const definition of indexes) {
    await sql(definition);
  }
  await sql('COMMIT');
}

const bigTables = ['pos_order', 'sale_order', 'payment_transaction', 'stock_picking', 'stock_move', 'queue_job'];

/**
 * Indexes are made faster afterwards than kept while writing, and a table emptied in this transaction needs no WAL
 * (`wal_level=minimal`). Returns the definitions of what was dropped.
 */
async function takeOffIndexes(sql: Sql): Promise<readonly string[]> {
  const rows = await sql(
    `SELECT indexname AS name, indexdef AS definition FROM pg_indexes
     WHERE schemaname = 'public' AND tablename = ANY($1) AND indexname NOT LIKE '%_pkey'`,
    [bigTables],
  );
  for (const { name } of rows) {
    await sql(`DROP INDEX ${identifier(String(name))}`);
  }
  const present = await sql(`SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relname = ANY($1)`, [
    bigTables,
  ]);
  await sql(`TRUNCATE ${present.map(({ name }) => identifier(String(name))).join(', ')}`);
  return rows.map(({ definition }) => String(definition));
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

/** Moments of orders, spread evenly with a little chance within each hour: `day`, `at` in UTC to the second. */
const momentsSql = `
  hours AS (
    SELECT day, (now() AT TIME ZONE $1)::date - (${days} - day) + hour * interval '1 hour' AS local_start,
      (4 * $2::float8 * ($3::float8[])[hour + 1]
        * ($4::float8[])[extract(dow FROM (now() AT TIME ZONE $1)::date - (${days} - day))::int + 1]
        * (0.94 + 0.12 * random()))::int AS n
    FROM generate_series(0, ${days}) day, generate_series(0, 23) hour
  ), moments AS (
    SELECT day, date_trunc('second', (local_start + (k - random()) / n * interval '1 hour')
      AT TIME ZONE $1 AT TIME ZONE 'utc') AS at
    FROM hours, generate_series(1, n) k
  )`;

/** Tills take turns, and an order reaches the server one to three seconds after it was paid. */
function tillOrdersSql({ series }: SandboxTenant): string {
  const [column, value] = series >= 18 ? [', uuid', ', gen_random_uuid()::text'] : ['', ''];
  return `
    WITH ${momentsSql}
    INSERT INTO pos_order (name, company_id, session_id, config_id, state, pos_reference, date_order, amount_tax,
      amount_total, amount_paid, amount_return, create_date, write_date, user_id${column})
    SELECT 'Shop/' || n, 1, day * $5::int + till, till, CASE WHEN day = ${days} THEN 'paid' ELSE 'done' END,
      'Order ' || lpad(n::text, 8, '0'), at, round(amount * 0.2, 2), amount, amount, 0, seen_at, seen_at, 2 + till % 8${value}
    FROM (
      SELECT n, day, at, 1 + n % $5::int AS till, round((4 + 90 * random() * random())::numeric, 2) AS amount,
        at + (1 + 2 * random()) * interval '1 s' AS seen_at
      FROM (SELECT *, row_number() OVER (ORDER BY at)::int AS n FROM moments WHERE at < ${utcNow} - interval '3 s') m
    ) o ORDER BY n`;
}

const webOrdersSql = `
  WITH ${momentsSql}
  INSERT INTO sale_order (name, company_id, partner_id, partner_invoice_id, partner_shipping_id, warehouse_id,
    picking_policy, state, invoice_status, website_id, date_order, amount_total, create_date, write_date)
  SELECT 'S' || lpad(n::text, 6, '0'), 1, customer, customer, customer, 1, 'direct',
    CASE WHEN n % 61 = 0 THEN 'cancel' WHEN n % 23 = 0 THEN 'draft' ELSE 'sale' END, 'to invoice', 1, at, amount,
    at - (20 + 600 * random()) * interval '1 s', at
  FROM (
    SELECT n, at, 10 + (random() * 5000)::int AS customer, round((9 + 160 * random() * random())::numeric, 2) AS amount
    FROM (SELECT *, row_number() OVER (ORDER BY at)::int AS n FROM moments WHERE at < ${utcNow}) m
  ) o ORDER BY n`;

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
    SELECT 'WH/OUT/' || lpad(id::text, 6, '0'),
      CASE WHEN is_late THEN 'confirmed' WHEN is_done THEN 'done' ELSE 'assigned' END, 2, 3, 2, 1, 'direct', id, due, due,
      CASE WHEN is_done AND NOT is_late THEN due - interval '2 hours' END, date_order, date_order${value}
    FROM (
      SELECT *, date_order + interval '2 days' AS due, date_order < ${utcNow} - interval '46 hours' AS is_done,
        id % 2500 = 0 AS is_late
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
