import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresPrograms } from '#backups/programs.ts';
import { backupGrantsSql, restoreGrantsSql } from '#estate/backup-grants.ts';
import { schemaSql } from '#sandbox/odoo/schema.ts';
import { programsEnv } from '../backup-programs.ts';
import { startTestPostgres, type TestPostgres } from '../servers.ts';

let server: TestPostgres;
let programs: Awaited<ReturnType<typeof postgresPrograms>>;

beforeAll(async () => {
  server = await startTestPostgres();
  const major = Number.parseInt(server.version, 10);
  programs = await postgresPrograms(major, await programsEnv(major));
  await server.sql('postgres', `CREATE ROLE odoo LOGIN CREATEDB PASSWORD 'x'`);
  await server.sql('postgres', 'CREATE DATABASE maple_toys OWNER odoo');
  await server.sql('postgres', 'CREATE DATABASE ownerless');
  await as(
    'odoo',
    'maple_toys',
    `${schemaSql(17)} INSERT INTO res_company (name, partner_id, currency_id) VALUES ('Maple', 1, 1)`,
  );
  await server.sql(
    'maple_toys',
    `CREATE SCHEMA "Other"; CREATE TABLE "Other".kept (id serial PRIMARY KEY, what text);
     INSERT INTO "Other".kept (what) VALUES ('of another owner');
     CREATE TABLE rows_for_some (id int); ALTER TABLE rows_for_some ENABLE ROW LEVEL SECURITY;
     INSERT INTO rows_for_some VALUES (1), (2);
     CREATE EXTENSION pg_trgm; CREATE MATERIALIZED VIEW report AS SELECT 1 AS one;
     SELECT lo_from_bytea(4711, 'a large object')`,
  );
  for (const script of [backupGrantsSql({ role: 'till_backup' }), restoreGrantsSql({ role: 'till_restore' })]) {
    await server.sql('maple_toys', script);
    await server.sql('maple_toys', script);
  }
  await server.sql('postgres', `ALTER ROLE till_backup PASSWORD 'x'; ALTER ROLE till_restore PASSWORD 'x'`);
});
afterAll(() => server?.stop());

async function as(user: string, database: string, ...statements: readonly string[]): Promise<readonly unknown[]> {
  const { host, port } = server;
  const client = new Client({ host, port, user, password: 'x', database });
  client.on('error', () => undefined);
  await client.connect();
  try {
    let rows: readonly unknown[] = [];
    for (const text of statements) {
      rows = ((await client.query(text)) as { readonly rows: readonly unknown[] }).rows;
    }
    return rows;
  } finally {
    await client.end();
  }
}

async function dumped(database: string, user = 'till_backup'): Promise<string> {
  const child = spawn(programs.pgDump.path, ['--format=plain', '--lock-wait-timeout=5s'], {
    env: {
      ...process.env,
      ...{
        PGHOST: server.host,
        PGPORT: String(server.port),
        PGUSER: user,
        PGPASSWORD: 'x',
        PGDATABASE: database,
      },
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.err += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  expect(said.err).toBe('');
  expect(code).toBe(0);
  return said.out;
}

describe('the login that backups read with', () => {
  it('dumps the whole of a database with the tables of Odoo, of other owners and in other schemas', async () => {
    const text = await dumped('maple_toys');
    const tables = await server.sql(
      'maple_toys',
      `SELECT count(*)::int AS n FROM pg_tables WHERE schemaname IN ('public', 'Other')`,
    );
    expect(text.match(/^CREATE TABLE /gm)?.length).toBe(tables[0]?.['n']);
    expect(text).toContain('\tof another owner\n');
    expect(text).toContain('COPY public.rows_for_some (id) FROM stdin;\n1\n2\n');
    expect(text).toContain(Buffer.from('a large object').toString('hex'));
    expect(text).toMatch(/^SELECT pg_catalog.setval\('public.ir_cron_id_seq'/m);
  });

  it('reads what the owner has made since, where the server has a role for it', async () => {
    await as('odoo', 'maple_toys', 'CREATE TABLE made_since (id int)', 'INSERT INTO made_since VALUES (42)');
    expect(await as('till_backup', 'maple_toys', 'SELECT id FROM made_since')).toEqual([{ id: 42 }]);
  });

  it.each(['DELETE FROM res_company', 'CREATE TABLE x (a int)', 'CREATE DATABASE x', 'ALTER ROLE odoo PASSWORD NULL'])(
    'may not: %s',
    async (text) => {
      await expect(
        as('till_backup', 'maple_toys', 'SET default_transaction_read_only = off', text),
      ).rejects.toMatchObject({
        code: '42501',
      });
    },
  );

  it('is read-only already before anybody asks for it', async () => {
    await expect(as('till_backup', 'maple_toys', 'CREATE TEMP TABLE x (a int)')).rejects.toMatchObject({
      code: '25006',
    });
  });
});

describe('the login of backups on a server that has no role which reads everything', () => {
  it('dumps all of it too, and what the owner makes later', async () => {
    // What 13 does not have is not found under this name either.
    const script = backupGrantsSql({ role: 'till_backup_13' }).replaceAll('pg_read_all_data', 'no_such_role');
    await server.sql('maple_toys', script);
    await server.sql('maple_toys', script);
    await server.sql('postgres', `ALTER ROLE till_backup_13 PASSWORD 'x'`);
    await as(
      'odoo',
      'maple_toys',
      'CREATE TABLE made_later (id serial PRIMARY KEY)',
      'INSERT INTO made_later VALUES (4711)',
    );
    const text = await dumped('maple_toys', 'till_backup_13');
    expect(text).toContain('\tof another owner\n');
    expect(text).toContain('COPY public.made_later (id) FROM stdin;\n4711\n');
    expect(text).toMatch(/^SELECT pg_catalog.setval\('public.made_later_id_seq'/m);
  });
});

describe('the login that makes databases', () => {
  it('makes one that the role of Odoo can neither enter nor drop nor rename', async () => {
    await as(
      'till_restore',
      'postgres',
      'CREATE DATABASE till_made TEMPLATE template0',
      'REVOKE CONNECT ON DATABASE till_made FROM PUBLIC',
    );
    await as('till_restore', 'till_made', 'CREATE EXTENSION pg_trgm', 'CREATE TABLE x (a int)');
    await expect(as('odoo', 'till_made', 'SELECT 1')).rejects.toMatchObject({ code: '42501' });
    for (const text of [
      'DROP DATABASE till_made',
      'ALTER DATABASE till_made RENAME TO mine',
      'SET ROLE till_restore',
    ]) {
      await expect(as('odoo', 'postgres', text)).rejects.toMatchObject({ code: '42501' });
    }
    await as('till_restore', 'postgres', 'DROP DATABASE till_made');
  });

  it('has no right of the role of Odoo by itself, neither to read nor to drop', async () => {
    await expect(as('till_restore', 'maple_toys', 'SELECT * FROM res_company')).rejects.toMatchObject({
      code: '42501',
    });
    await expect(as('till_restore', 'postgres', 'DROP DATABASE maple_toys')).rejects.toMatchObject({ code: '42501' });
    await expect(as('till_restore', 'postgres', 'ALTER DATABASE maple_toys RENAME TO x')).rejects.toMatchObject({
      code: '42501',
    });
  });

  it('swaps a database in once it says whose part it takes', async () => {
    await as(
      'till_restore',
      'postgres',
      'CREATE DATABASE till_next TEMPLATE template0',
      'ALTER DATABASE till_next OWNER TO odoo',
      'SET ROLE odoo',
      'ALTER DATABASE maple_toys RENAME TO maple_toys_kept',
      'ALTER DATABASE till_next RENAME TO maple_toys',
    );
    const rows = await server.sql('postgres', `SELECT datname FROM pg_database WHERE datname LIKE 'maple%' ORDER BY 1`);
    expect(rows).toEqual([{ datname: 'maple_toys' }, { datname: 'maple_toys_kept' }]);
    await as('odoo', 'postgres', 'DROP DATABASE maple_toys', 'ALTER DATABASE maple_toys_kept RENAME TO maple_toys');
  });

  it('becomes no superuser: a database that belongs to one is left out, with a warning', async () => {
    const warnings: string[] = [];
    const { host, port, user, password } = server;
    const client = new Client({ host, port, user, password, database: 'ownerless' });
    client.on('notice', ({ message }) => warnings.push(message ?? ''));
    await client.connect();
    await client.query(restoreGrantsSql({ role: 'till_restore' }));
    await client.end();
    expect(warnings).toContainEqual(expect.stringContaining('ownerless belongs to the superuser postgres'));
    await expect(as('till_restore', 'postgres', 'SET ROLE postgres')).rejects.toMatchObject({ code: '42501' });
  });
});
