import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { seedOf } from '../random.ts';
import { identifier, type Login, type Sql, withDatabase } from '../sql.ts';
import type { SandboxTenant } from '../tenants.ts';
import { assetsOf, attachmentsOf } from './attachments.ts';
import { fillTemplate } from './contents.ts';
import { attach, filestoreOf, writeFiles } from './filestore.ts';
import { writeHistory } from './history.ts';
import { type Series, schemaSql } from './schema.ts';

export interface DatabaseOptions {
  readonly superuser: Login;
  /** The role that owns the tenants' databases and that Odoo logs in with. */
  readonly odoo: Login;
  readonly tenants: readonly SandboxTenant[];
  readonly seed: number;
  /** Run in each template as the superuser, so that every clone has the same column grants. */
  readonly grants: readonly string[];
  /** The folder in which each database has a filestore of its name; left out, attachments have no files. */
  readonly filestore?: string;
  readonly progress: (done: number) => void;
}

/** Two cores make history at once; a third would only wait. */
const concurrency = 3;

/** A lean template for each series, a database for each tenant cloned from it. Returns where each history ends. */
export async function createDatabases(options: DatabaseOptions): Promise<ReadonlyMap<string, number>> {
  const ends = new Map<string, number>();
  const series = [...new Set(options.tenants.map((tenant) => tenant.series))];
  await Promise.all(series.map((each) => createTemplate(each, options)));
  for (const each of series) {
    // Roles are the whole server's: two of these at once meet in pg_auth_members, and one of them fails.
    await grantIn(templateOf(each), options);
  }
  await Promise.all(series.map((each) => closeTemplate(templateOf(each), options)));
  let done = 0;
  const queue = [...options.tenants];
  const work = async (server: Sql) => {
    for (let tenant = queue.shift(); tenant !== undefined; tenant = queue.shift()) {
      ends.set(tenant.name, await createDatabase(server, tenant, options));
      done += 1;
      options.progress(done);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, () => withDatabase(options.superuser, 'postgres', work)));
  return ends;
}

const templateOf = (series: Series) => `odoo_template_${series}`;

async function createTemplate(series: Series, { superuser, odoo }: DatabaseOptions): Promise<void> {
  const name = templateOf(series);
  await withDatabase(superuser, 'postgres', async (sql) => {
    await sql(`CREATE DATABASE ${identifier(name)} OWNER ${identifier(odoo.user)}`);
  });
  await withDatabase(odoo, name, async (sql) => {
    await sql(schemaSql(series));
    await fillTemplate(sql, series);
  });
}

async function grantIn(name: string, { superuser, grants }: DatabaseOptions): Promise<void> {
  await withDatabase(superuser, name, async (sql) => {
    for (const statement of grants) {
      await sql(statement);
    }
  });
}

async function closeTemplate(name: string, { superuser }: DatabaseOptions): Promise<void> {
  await withDatabase(superuser, name, async (sql) => {
    await sql('VACUUM (FREEZE, ANALYZE)');
  });
  await withDatabase(superuser, 'postgres', async (sql) => {
    await sql(`ALTER DATABASE ${identifier(name)} IS_TEMPLATE true ALLOW_CONNECTIONS false`);
  });
}

async function createDatabase(server: Sql, tenant: SandboxTenant, options: DatabaseOptions): Promise<number> {
  // Copying files is nearly twice as fast as the WAL-logged way; before 15 there is no other.
  await server(
    `CREATE DATABASE ${identifier(tenant.database)} OWNER ${identifier(options.odoo.user)}
     TEMPLATE ${identifier(templateOf(tenant.series))} ${await copyStrategy(server)}`,
  );
  return withDatabase(options.odoo, tenant.database, async (sql) => {
    await sql(
      `INSERT INTO ir_config_parameter (key, value) VALUES ('database.uuid', $1), ('database.create_date', now()::text),
         ('web.base.url', $2), ('base.login_cooldown_after', '10')`,
      [randomUUID(), `https://${tenant.host}`],
    );
    await sql('UPDATE res_company SET name = $1', [tenant.retailer]);
    await sql(
      `INSERT INTO pos_config (name, active, company_id) SELECT 'Till ' || n, true, 1 FROM generate_series(1, $1::int) n`,
      [tenant.tills],
    );
    const now = Date.now();
    await fillFilestore(sql, tenant, options);
    if (tenant.isLively) {
      await writeHistory(sql, tenant, seedOf(options.seed, tenant.name), now);
      await sql('ANALYZE');
    }
    return now;
  });
}

async function fillFilestore(sql: Sql, tenant: SandboxTenant, { filestore, seed }: DatabaseOptions): Promise<void> {
  if (filestore !== undefined) {
    const own = filestoreOf(filestore, tenant.database);
    await writeFiles(own, assetsOf(tenant.series));
    await markForCollection(own);
    if (tenant.isLively) {
      await attach(sql, own, attachmentsOf(tenant, seedOf(seed, tenant.name)));
    }
  }
}

/** Odoo notes what its next sweep should look at in a folder beside the files; no attachment (facts: odoo.md §3.1). */
async function markForCollection(filestore: string): Promise<void> {
  const folder = join(filestore, 'checklist', 'da');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, 'da39a3ee5e6b4b0d3255bfef95601890afd80709'), '', { mode: 0o600 });
}

async function copyStrategy(server: Sql): Promise<string> {
  const [row] = await server(`SELECT current_setting('server_version_num')::int >= 150000 AS has`);
  return row?.['has'] === true ? 'STRATEGY file_copy' : '';
}
