import { curves } from '../curve.ts';
import type { Sql } from '../sql.ts';
import type { SandboxTenant } from '../tenants.ts';

export const days = 42;
const weeks = days / 7;

/** The newest day, and of each week the hours around this one: what a first look asks for. */
const isNeededNow = `(age < 27 * 3600 OR (age + 3 * 3600) % (7 * 86400) <= 6 * 3600)`;

/** Ids of the rest end here, and those of what is needed now begin, so that a greater id is nearly always a later order. */
const firstId = 1_000_000;

/**
 * Six weeks of orders by the curve that makes the trading day too, written as sets. `now` is when the sandbox began: both
 * parts count their days from it.
 */
export async function writeOrders(
  sql: Sql,
  tenant: SandboxTenant,
  now: number,
  part: 'needed-now' | { readonly week: number },
): Promise<void> {
  const isRest = part !== 'needed-now';
  const where = isRest ? `day / 7 = ${part.week} AND NOT ${isNeededNow}` : isNeededNow;
  const shared = [new Date(now).toISOString(), tenant.timezone, curves.byWeekday];
  await sql(tillOrdersSql(tenant, where, nextId('pos_order', isRest)), [
    ...[...shared, curves.tillsByHour, tenant.tillOrdersAtPeak, tenant.tills],
  ]);
  await sql(webOrdersSql(where, nextId('sale_order', isRest)), [...shared, curves.webByHour, tenant.webOrdersAtPeak]);
  if (!isRest) {
    for (const table of ['pos_order', 'sale_order']) {
      await sql(`SELECT setval('${table}_id_seq', (SELECT coalesce(max(id), 0) + 1 FROM ${table}))`);
    }
  }
}

/** Fills in the rest, the oldest week first. Returns as soon as `isOver` says so. */
export async function writeRestOfOrders(
  sql: Sql,
  tenant: SandboxTenant,
  now: number,
  rest: { readonly isOver: () => boolean; readonly pause: (ms: number) => Promise<void> },
): Promise<void> {
  for (let week = 0; week <= weeks && !rest.isOver(); week += 1) {
    const began = performance.now();
    await writeOrders(sql, tenant, now, { week });
    // A third of the time at most: whoever is looking at the sandbox needs the machine too.
    await rest.pause(2 * (performance.now() - began));
  }
}

function nextId(table: string, isRest: boolean): string {
  const last = isRest ? `(SELECT coalesce(max(id), 0) FROM ${table} WHERE id < ${firstId})` : String(firstId);
  return `${last} + n`;
}

/** Moments of orders, spread evenly with a little chance within each hour: `day`, `at` in UTC to the second. */
function moments(where: string): string {
  return `
    hours AS (
      SELECT *, extract(epoch FROM ($1::timestamptz AT TIME ZONE 'utc') - start)::int AS age,
        (4 * $5::float8 * ($4::float8[])[hour + 1] * ($3::float8[])[extract(dow FROM date)::int + 1]
          * (0.94 + 0.12 * random()))::int AS count
      FROM (
        SELECT *, (date + hour * interval '1 hour') AT TIME ZONE $2 AT TIME ZONE 'utc' AS start
        FROM (
          SELECT day, hour, ($1::timestamptz AT TIME ZONE $2)::date - (${days} - day) AS date
          FROM generate_series(0, ${days}) day, generate_series(0, 23) hour
        ) dates
      ) starts
    ), moments AS (
      SELECT day, start + floor((k - random()) / count * 3600) * interval '1 s' AS at
      FROM hours, generate_series(1, count) k WHERE ${where}
    ), numbered AS (
      SELECT *, row_number() OVER (ORDER BY at)::int AS n FROM moments
      WHERE at < ($1::timestamptz AT TIME ZONE 'utc') - interval '3 s'
    )`;
}

/** Tills take turns, and an order reaches the server one to three seconds after it was paid. */
function tillOrdersSql({ series }: SandboxTenant, where: string, id: string): string {
  const [column, value] = series >= 18 ? [', uuid', ', gen_random_uuid()::text'] : ['', ''];
  return `
    WITH ${moments(where)}
    INSERT INTO pos_order (id, name, company_id, session_id, config_id, state, pos_reference, date_order, amount_tax,
      amount_total, amount_paid, amount_return, create_date, write_date, user_id${column})
    SELECT id, 'Shop/' || id, 1, day * $6::int + till, till, CASE WHEN day = ${days} THEN 'paid' ELSE 'done' END,
      'Order ' || lpad(id::text, 8, '0'), at, round(amount * 0.2, 2), amount, amount, 0, seen_at, seen_at, 2 + till % 8${value}
    FROM (
      SELECT ${id} AS id, day, at, 1 + n % $6::int AS till, ${amount(400, 9000)} AS amount,
        at + (1 + 2 * random()) * interval '1 s' AS seen_at
      FROM numbered
    ) o ORDER BY id`;
}

function webOrdersSql(where: string, id: string): string {
  return `
    WITH ${moments(where)}
    INSERT INTO sale_order (id, name, company_id, partner_id, partner_invoice_id, partner_shipping_id, warehouse_id,
      picking_policy, state, invoice_status, website_id, date_order, amount_total, create_date, write_date)
    SELECT id, 'S' || lpad(id::text, 8, '0'), 1, customer, customer, customer, 1, 'direct',
      CASE WHEN id % 61 = 0 THEN 'cancel' WHEN id % 23 = 0 THEN 'draft' ELSE 'sale' END, 'to invoice', 1, at, amount,
      at - (20 + 600 * random()) * interval '1 s', at
    FROM (
      SELECT ${id} AS id, at, 10 + (random() * 5000)::int AS customer, ${amount(900, 16_000)} AS amount FROM numbered
    ) o ORDER BY id`;
}

/** Cents from integers: a float made numeric goes through text. */
function amount(least: number, span: number): string {
  return `(${least} + ${span} * random() * random())::int::numeric * 0.01`;
}
