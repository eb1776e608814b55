import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { catalogueCounts, countedTables, odooOf, type Read } from '#backups/contents.ts';
import type { Manifest } from '#backups/manifest.ts';
import type { Sealing } from '#backups/open-sealed.ts';
import { type PostgresPrograms, postgresPrograms } from '#backups/programs.ts';
import { backupGrants, restoreGrants } from '#estate/backup-grants.ts';
import { fillTemplate } from '#sandbox/odoo/contents.ts';
import { type Series, schemaSql } from '#sandbox/odoo/schema.ts';
import { withDatabase } from '#sandbox/sql.ts';
import { programsEnv } from '../../backup-programs.ts';
import { type Keys, pathOf, sealingKeys } from '../../backups/world.ts';
import { startTestPostgres, type TestPostgres } from '../../servers.ts';

export const files: readonly Buffer[] = [Buffer.from('logo'), randomBytes(70_000), Buffer.from('invoice')];
export type { Series };

/** A shop on a server of its own, its dump, and what it takes to make and open backups of it. */
export interface Shop {
  readonly keys: Keys;
  readonly programs: Sealing['programs'];
  readonly postgres: PostgresPrograms;
  readonly server: TestPostgres;
  readonly dump: Buffer;
  readonly facts: Awaited<ReturnType<typeof databaseFacts>>;
}

/** `prepare` has the database last before it is dumped. The programs are on PATH from here on. */
export async function startShop(
  database: string,
  prepare: (server: TestPostgres) => Promise<unknown> = async () => undefined,
): Promise<Shop> {
  const { keys, programs } = await sealingKeys();
  const server = await startTestPostgres();
  const major = Number.parseInt(server.version, 10);
  const env = await programsEnv(major);
  process.env['PATH'] = env['PATH'];
  const postgres = await postgresPrograms(major, env);
  await makeLogins(server);
  await makeShop(server, database, 17);
  await prepare(server);
  const dump = dumpOf(server, postgres, database);
  return { keys, programs, postgres, server, dump, facts: await databaseFacts(server, postgres, database) };
}

/** Logins as `till estate grants` makes them: Odoo's own, the one that dumps, and the one that makes databases and may become Odoo's. */
export async function makeLogins(server: TestPostgres): Promise<void> {
  await server.sql(
    'postgres',
    `CREATE ROLE odoo LOGIN CREATEDB PASSWORD 'odoo'; CREATE ROLE till_monitor LOGIN PASSWORD 'monitor'; GRANT pg_monitor TO till_monitor`,
  );
  for (const text of [
    ...backupGrants({ role: 'till_backup' }).server,
    ...restoreGrants({ role: 'till_restore' }).server,
  ]) {
    await server.sql('postgres', text);
  }
  await server.sql('postgres', `ALTER ROLE till_backup PASSWORD 'backup'; ALTER ROLE till_restore PASSWORD 'restore'`);
}

export const as = (server: TestPostgres, user: string, password = user) => ({
  ...{ host: server.host, port: server.port, user, password },
});

/** A shop's database, owned by odoo, with everything in it that could still reach somebody. */
export async function makeShop(server: TestPostgres, database: string, series: Series): Promise<void> {
  await server.sql(
    'postgres',
    `CREATE DATABASE "${database}" OWNER odoo ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`,
  );
  await withDatabase(as(server, 'odoo'), database, async (sql) => {
    await sql(schemaSql(series));
    await (series < 17 ? sql(olderContents(series)) : fillTemplate(sql, series));
    await sql('DELETE FROM ir_attachment');
    for (const file of files) {
      await sql(
        "INSERT INTO ir_attachment (name, type, store_fname, checksum) VALUES ('file', 'binary', $1::text, right($1::text, 40))",
        [pathOf(file)],
      );
    }
    await sql(extraSql(series));
    await sql('ANALYZE');
  });
  for (const text of [
    ...backupGrants({ role: 'till_backup' }).database,
    ...restoreGrants({ role: 'till_restore' }).database,
  ]) {
    await server.sql(database, text);
  }
}

/** The sandbox's own shops begin with 17. */
function olderContents(series: Series): string {
  const [action, company] = series === 15 ? [`'Mail'`, ['', '']] : [`'{"en_US": "Mail"}'`, [', active', ', true']];
  return `
INSERT INTO ir_module_module (name, state, latest_version) VALUES ('base', 'installed', '${series}.0.1.3'), ('sale', 'uninstalled', NULL);
INSERT INTO ir_cron (ir_actions_server_id, user_id, cron_name, active, interval_number, interval_type, nextcall) VALUES (1, 1, ${action}, true, 1, 'hours', now());
INSERT INTO res_company (name, partner_id, currency_id${company[0]}) VALUES ('My Company', 1, 1${company[1]});
INSERT INTO res_users (login, active, partner_id, company_id) VALUES ('admin', true, 1, 1);
INSERT INTO website (name) VALUES ('Webshop');
INSERT INTO ir_mail_server (name, smtp_host, smtp_port, smtp_encryption, smtp_authentication, active)
  VALUES ('Outgoing', 'smtp.example.com', 587, 'starttls', 'login', true);`;
}

function extraSql(series: Series): string {
  const provider = series === 15 ? 'payment_acquirer' : 'payment_provider';
  const code = series === 15 ? 'provider' : 'code';
  const name = series === 15 ? `'Adyen'` : `'{"en_US": "Adyen"}'`;
  return `
ALTER TABLE ${provider} ADD COLUMN adyen_api_key varchar, ADD COLUMN is_published boolean;
DELETE FROM ${provider};
INSERT INTO ${provider} (name, ${code}, state, company_id, adyen_api_key) VALUES (${name}, 'adyen', 'enabled', 1, 'live-key'), (${name}, 'x', 'test', 1, NULL);
INSERT INTO ir_config_parameter (key, value) VALUES ('database.uuid', 'u-1'), ('database.secret', 's-1'),
  ('web.base.url', 'https://shop.example'), ('database.enterprise_code', 'M123'), ('ir_attachment.location', 's3'),
  ('twilio.auth_token', 'abcdefghijklmnop'), ('auth_password_policy.minlength', '8');
UPDATE website SET domain = 'https://shop.example';
INSERT INTO fetchmail_server (name, active, state, server_type) VALUES ('in', true, 'done', 'imap');
INSERT INTO mail_mail (mail_message_id, state) SELECT n, CASE WHEN n <= 3 THEN 'outgoing' ELSE 'sent' END FROM generate_series(1, 5) n;
CREATE TABLE IF NOT EXISTS queue_job (id serial PRIMARY KEY, uuid varchar, state varchar NOT NULL, date_created timestamp, date_cancelled timestamp);
INSERT INTO queue_job (uuid, state, date_created) SELECT 'job' || n, (ARRAY['pending','started','failed','done'])[1 + n % 4], now() FROM generate_series(0, 7) n;
CREATE TABLE ir_act_server (id serial PRIMARY KEY, webhook_url varchar);
INSERT INTO ir_act_server (webhook_url) VALUES ('https://hooks.example/1'), (NULL);
CREATE TABLE delivery_carrier (id serial PRIMARY KEY, delivery_type varchar NOT NULL, active boolean, prod_environment boolean, fedex_developer_key varchar);
INSERT INTO delivery_carrier (delivery_type, active, prod_environment, fedex_developer_key) VALUES ('fedex', true, true, 'k'), ('fixed', true, false, NULL);
CREATE TABLE iap_account (id serial PRIMARY KEY, account_token varchar); INSERT INTO iap_account (account_token) VALUES ('t');
CREATE TABLE shopify_instance_ept (id serial PRIMARY KEY, active boolean, state varchar, shopify_host varchar NOT NULL, shopify_password varchar);
INSERT INTO shopify_instance_ept (active, state, shopify_host, shopify_password) VALUES (true, 'confirmed', 'x.myshopify.com', 'p');
CREATE TABLE pos_payment_method (id serial PRIMARY KEY, use_payment_terminal varchar, adyen_test_mode boolean, adyen_api_key varchar);
INSERT INTO pos_payment_method (use_payment_terminal, adyen_test_mode, adyen_api_key) VALUES ('adyen', false, 'k');
CREATE TABLE account_move_line (id serial PRIMARY KEY, company_id int, parent_state varchar, debit numeric, credit numeric, create_date timestamp);
INSERT INTO account_move_line (company_id, parent_state, debit, credit) SELECT 1 + n % 2, 'posted', 10.10, 10.10 FROM generate_series(1, 20) n;
CREATE VIEW partners AS SELECT id, login FROM res_users; CREATE MATERIALIZED VIEW sales AS SELECT count(*) AS n FROM sale_order;
CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT n * 2';
CREATE TYPE mood AS ENUM ('good', 'bad'); CREATE SCHEMA extra CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text text);
INSERT INTO extra.notes (text) VALUES ('a'), (E'b\\tc');
${ordersSql(series, 1, 400)}`;
}

/** Web orders with a payment each, and sales of one till's session, as they come in. */
export function ordersSql(series: Series, from: number, to: number): string {
  const warehouse = series <= 17 ? ['warehouse_id, ', '1, '] : ['', ''];
  const provider =
    series === 15
      ? ['acquirer_id', '1']
      : series === 16
        ? ['provider_id', '1']
        : ['provider_id, payment_method_id', '1, 1'];
  const title = series <= 18 ? ['name, ', `'move', `] : ['', ''];
  const numbers = `FROM generate_series(${from}, ${to}) n`;
  return `
INSERT INTO sale_order (name, company_id, partner_id, partner_invoice_id, partner_shipping_id, ${warehouse[0]}picking_policy, state, date_order, amount_total, create_date)
  SELECT 'S' || n, 1, 1, 1, 1, ${warehouse[1]}'direct', 'sale', now() AT TIME ZONE 'utc', n, now() AT TIME ZONE 'utc' ${numbers};
INSERT INTO pos_session (config_id, user_id, name, state, start_at, create_date) VALUES (1, 1, 'POS/${from}', 'opened', now() AT TIME ZONE 'utc', now() AT TIME ZONE 'utc');
INSERT INTO pos_order (name, company_id, session_id, state, date_order, amount_tax, amount_total, amount_paid, amount_return, create_date)
  SELECT 'P' || n, 1, 1, 'paid', now() AT TIME ZONE 'utc', 0, n, n, 0, now() AT TIME ZONE 'utc' ${numbers};
INSERT INTO account_move (name, state, move_type, journal_id, currency_id, auto_post, date, create_date)
  SELECT 'INV/' || n, 'posted', 'out_invoice', 1, 1, ${series === 15 ? 'false' : `'no'`}, now(), now() AT TIME ZONE 'utc' ${numbers};
INSERT INTO stock_move (${title[0]}state, product_id, product_uom, location_id, location_dest_id, company_id, procure_method, product_uom_qty, date, create_date)
  SELECT ${title[1]}'done', 1, 1, 1, 2, 1, 'make_to_stock', 1, now(), now() AT TIME ZONE 'utc' ${numbers};
INSERT INTO payment_transaction (${provider[0]}, currency_id, partner_id, company_id, reference, state, amount, create_date)
  SELECT ${provider[1]}, 1, 1, 1, 'T' || n, 'done', n, now() AT TIME ZONE 'utc' ${numbers};`;
}

export function dumpOf(server: TestPostgres, { pgDump }: Pick<PostgresPrograms, 'pgDump'>, database: string): Buffer {
  const { host, port, user, password } = server;
  return execFileSync(pgDump.path, ['-h', host, '-p', String(port), '-U', user, '-Fc', '-Z0', database], {
    env: { ...process.env, PGPASSWORD: password },
    maxBuffer: 1024 ** 3,
  });
}

/** What `till backup` counts in the dump's own snapshot. */
export async function databaseFacts(
  server: TestPostgres,
  { pgDump }: Pick<PostgresPrograms, 'pgDump'>,
  database: string,
): Promise<{ readonly database: Partial<Manifest['database']>; readonly odoo: Manifest['odoo'] }> {
  const { host, port, user, password } = server;
  return await withDatabase({ host, port, user, password }, database, async (sql) => {
    const read: Read = ({ text, values }) => sql(text, values);
    const [size] = await sql('SELECT pg_database_size(current_database())::float8 AS size');
    return {
      database: {
        ...{ name: database, server: 'pg-1', serverVersion: server.version, dumpVersion: pgDump.version },
        ...{
          size: Number(size?.['size']),
          encoding: 'UTF8',
          collation: 'C',
          counted: [...(await countedTables(read))],
        },
        ...(await catalogueCounts(read)),
      },
      odoo: { images: {}, ...(await odooOf(read)) },
    };
  });
}

/** A checksum of the rows of every table, by its name. */
export async function sumsOf(server: TestPostgres, database: string): Promise<Readonly<Record<string, string>>> {
  const tables = await server.sql(
    database,
    `SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) AS name FROM pg_tables
     WHERE schemaname NOT IN ('pg_catalog', 'information_schema', 'till_neutralised') ORDER BY 1`,
  );
  const all = tables.map(
    ({ name }) =>
      `SELECT '${name}' AS name, count(*) || ' ' || coalesce(md5(string_agg(t::text, chr(10) ORDER BY t::text)), '') AS sum FROM ${name} t`,
  );
  const sums = await server.sql(database, all.join(' UNION ALL '));
  return Object.fromEntries(sums.map(({ name, sum }) => [String(name), String(sum)]));
}
