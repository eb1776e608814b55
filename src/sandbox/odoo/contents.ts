import type { Sql } from '../sql.ts';
import { assetsOf } from './attachments.ts';
import { cronsOf } from './crons.ts';
import { insertAttachments, insertFileless } from './filestore.ts';
import { modulesOf } from './modules.ts';
import type { Series } from './schema.ts';

/** What every database of a series has before it is anybody's: modules, crons, users, a company, goods on shelves. */
export async function fillTemplate(sql: Sql, series: Series): Promise<void> {
  await sql(
    `INSERT INTO ir_module_module (name, state, latest_version, shortdesc, auto_install, demo, create_date)
     SELECT name, CASE WHEN "isInstalled" THEN 'installed' ELSE 'uninstalled' END,
       CASE WHEN name = 'base' THEN $2 || '.0.1.3' WHEN "isInstalled" THEN $2 || '.0.1.0' END,
       jsonb_build_object('en_US', initcap(replace(name, '_', ' '))), false, false, now()
     FROM jsonb_to_recordset($1) AS m(name text, "isInstalled" boolean)`,
    [JSON.stringify(modulesOf(series)), String(series)],
  );
  await sql(cronSql(series), [JSON.stringify(cronsOf(series))]);
  await sql(companySql(series));
  await sql(shopSql);
  await insertAttachments(sql, assetsOf(series));
  await insertFileless(sql);
  if (series < 19) {
    await sql(`INSERT INTO queue_job_channel (name, complete_name, parent_id, removal_interval)
      VALUES ('root', 'root', NULL, 30), ('connector', 'root.connector', 1, 30)`);
  }
}

function cronSql(series: Series): string {
  const [columns, values] = series >= 18 ? ['failure_count', '0'] : ['numbercall, doall', '-1, false'];
  return `
    WITH crons AS (
      SELECT row_number() OVER () AS n, c.* FROM jsonb_to_recordset($1)
        AS c(xmlid text, name text, every int, unit text, active boolean)
    ), made AS (
      INSERT INTO ir_cron (ir_actions_server_id, user_id, cron_name, active, interval_number, interval_type, nextcall,
        priority, create_date, ${columns})
      SELECT 100 + n, 1, name, active, every, unit, now(), 5, now(), ${values} FROM crons ORDER BY n
      RETURNING id
    )
    INSERT INTO ir_model_data (module, name, model, res_id, noupdate)
    SELECT split_part(xmlid, '.', 1), split_part(xmlid, '.', 2), 'ir.cron', n, true FROM crons`;
}

/** Companies can be archived since 16, and providers of payments were acquirers before. */
function companySql(series: Series): string {
  const [column, value] = series >= 16 ? [', active', ', true'] : ['', ''];
  const providers = series >= 16 ? 'payment_provider (name, code,' : 'payment_acquirer (name, provider,';
  return `INSERT INTO res_company (name, partner_id, currency_id${column}) VALUES ('My Company', 1, 1${value});
INSERT INTO ${providers} state, company_id) VALUES
  ('{"en_US": "Adyen"}', 'adyen', 'enabled', 1), ('{"en_US": "Stripe"}', 'stripe', 'disabled', 1),
  ('{"en_US": "Wire Transfer"}', 'custom', 'enabled', 1)`;
}

const shopSql = `
INSERT INTO res_users (login, active, share, partner_id, company_id, create_date)
  SELECT CASE WHEN n = 1 THEN '__system__' WHEN n = 2 THEN 'admin' ELSE 'staff' || n END, n > 1, false, n, 1, now()
  FROM generate_series(1, 18) n;
INSERT INTO website (name) VALUES ('Webshop');
INSERT INTO stock_location (name, usage, active) VALUES ('Vendors', 'supplier', true), ('Customers', 'customer', true),
  ('Stock', 'internal', true), ('Shop floor', 'internal', true), ('Inventory adjustment', 'inventory', true);
INSERT INTO stock_picking_type (name, code, company_id, active, sequence_code) VALUES
  ('{"en_US": "Receipts"}', 'incoming', 1, true, 'IN'), ('{"en_US": "Delivery Orders"}', 'outgoing', 1, true, 'OUT'),
  ('{"en_US": "Internal Transfers"}', 'internal', 1, true, 'INT'), ('{"en_US": "PoS Orders"}', 'outgoing', 1, true, 'POS');
INSERT INTO stock_quant (product_id, location_id, quantity, reserved_quantity, in_date, company_id)
  SELECT n, 3 + n % 2, 20 + n % 180, 0, now() - n * interval '1 hour', 1 FROM generate_series(1, 600) n;
INSERT INTO ir_mail_server (name, smtp_host, smtp_port, smtp_encryption, smtp_authentication, active)
  VALUES ('Outgoing', 'smtp.example.com', 587, 'starttls', 'login', true)`;
