import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { grantsSql } from '#estate/grants.ts';
import { startTestPostgres, type TestPostgres } from '../servers.ts';

const tables = {
  ir_cron: ['id', 'active', 'a_column_of_another_series'],
  'odd "table"': ["it's"],
  queue_job: ['state'],
};

let server: TestPostgres;
beforeAll(async () => {
  server = await startTestPostgres();
  await server.sql('postgres', 'CREATE DATABASE maple_toys');
  await server.sql(
    'maple_toys',
    `CREATE TABLE ir_cron (id int, active boolean, code text);
     CREATE TABLE "odd ""table""" ("it's" int);
     CREATE TABLE res_users (login text, password text);
     INSERT INTO ir_cron VALUES (1, true, 'secret code');
     CREATE SCHEMA other; CREATE TABLE other.queue_job (state text);`,
  );
  const script = grantsSql({ role: 'till_monitor', tables });
  await server.sql('maple_toys', script);
  await server.sql('maple_toys', script);
  await server.sql('postgres', `ALTER ROLE till_monitor PASSWORD 'x'`);
});
afterAll(() => server.stop());

async function asMonitor(text: string): Promise<unknown> {
  const { host, port } = server;
  const client = new Client({ host, port, user: 'till_monitor', password: 'x', database: 'maple_toys' });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

describe('the role that the printed script makes, run twice', () => {
  it('reads the columns that are named and there', async () => {
    expect(await asMonitor('SELECT id, active FROM ir_cron')).toEqual([{ id: 1, active: true }]);
    expect(await asMonitor(`SELECT "it's" FROM "odd ""table"""`)).toEqual([]);
  });

  it.each([
    'SELECT code FROM ir_cron',
    'SELECT * FROM ir_cron',
    'SELECT password FROM res_users',
    'SELECT login FROM res_users',
    'SELECT state FROM other.queue_job',
  ])('may not %s', async (text) => {
    await expect(asMonitor(text)).rejects.toMatchObject({ code: '42501' });
  });

  it('sees the sessions of others, and writes nothing', async () => {
    expect(await asMonitor(`SELECT pg_has_role('pg_monitor', 'member') AS is_member`)).toEqual([{ is_member: true }]);
    await expect(asMonitor('CREATE TEMP TABLE x (a int)')).rejects.toMatchObject({ code: '25006' });
    expect(await asMonitor('SHOW lock_timeout')).toEqual([{ lock_timeout: '500ms' }]);
  });
});
