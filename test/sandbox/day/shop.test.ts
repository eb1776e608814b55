import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { usualPace } from '#sandbox/curve.ts';
import { Shop } from '#sandbox/day/shop.ts';
import { createDatabases } from '#sandbox/odoo/databases.ts';
import { createRoles } from '#sandbox/roles.ts';
import { type Login, withDatabase } from '#sandbox/sql.ts';
import { sandboxTenants } from '#sandbox/tenants.ts';
import { folderOf } from '../../estate/folder.ts';
import { startTestPostgres, type TestPostgres } from '../../servers.ts';

const minute = 60_000;

describe('a shop', () => {
  let postgres: TestPostgres;
  let odoo: Login;
  const tenants = sandboxTenants(6).map((tenant) => ({ ...tenant, isLively: false }));
  beforeAll(async () => {
    postgres = await startTestPostgres();
    odoo = (await createRoles(postgres, { server: ['CREATE ROLE till_monitor LOGIN'], database: [] })).odoo;
    await createDatabases({ superuser: postgres, odoo, tenants, seed: 1, grants: [], progress: () => undefined });
  });
  afterAll(() => postgres?.stop());

  const tenant = (index: number) => {
    const found = tenants[index];
    if (found === undefined) {
      throw new Error(`no tenant ${index}`);
    }
    return found;
  };
  const numberIn = async (database: string, text: string) => {
    const [row] = await withDatabase(odoo, database, (sql) => sql(text));
    return Number(Object.values(row ?? {})[0]);
  };

  it('makes up for the time that it was not looked at, at its usual pace', async () => {
    const now = Date.now();
    const shop = new Shop(tenant(0), odoo, 7, now - 30 * minute);
    await shop.turn(now);
    const usual = 30 * usualPace(tenant(0), now - 15 * minute).web;
    const sold = await numberIn(tenant(0).database, 'SELECT count(*) FROM sale_order');
    expect(sold).toBeGreaterThan(usual * 0.6);
    expect(sold).toBeLessThan(usual * 1.6);
    expect(await numberIn(tenant(0).database, `SELECT count(*) FROM payment_transaction WHERE state = 'done'`)).toBe(
      sold,
    );
    await shop.close();
  });

  it('sells the same from the same seed', async () => {
    const now = Date.now();
    const amounts = async (index: number) => {
      const shop = new Shop(tenant(index), odoo, 99, now - 10 * minute);
      await shop.turn(now);
      await shop.close();
      return withDatabase(odoo, tenant(index).database, (sql) =>
        sql('SELECT amount_total, date_order::text FROM sale_order ORDER BY id'),
      );
    };
    const [one, again] = [await amounts(1), await amounts(1)];
    expect(again.slice(one.length)).toEqual(one);
    expect(one.length).toBeGreaterThan(5);
  });

  it('writes for 19 too, where columns differ', async () => {
    const now = Date.now();
    const shop = new Shop({ ...tenant(5) }, odoo, 3, now - 10 * minute);
    await withDatabase(odoo, tenant(5).database, (sql) =>
      sql(
        `INSERT INTO pos_session (config_id, user_id, name, state) SELECT n, 2, 'S' || n, 'opened' FROM generate_series(1, 6) n`,
      ),
    );
    await shop.turn(now + 20_000);
    expect(await numberIn(tenant(5).database, 'SELECT count(*) FROM sale_order')).toBeGreaterThan(3);
    await shop.close();
  });

  it('runs what is due and moves it on by whole intervals', async () => {
    const { database } = tenant(2);
    await withDatabase(odoo, database, (sql) =>
      sql(
        `UPDATE ir_cron SET nextcall = (now() AT TIME ZONE 'utc') - interval '7 min' WHERE interval_type = 'minutes' AND active`,
      ),
    );
    const shop = new Shop(tenant(2), odoo, 5, Date.now());
    await shop.turn(Date.now() + 16_000);
    const rows = await withDatabase(odoo, database, (sql) =>
      sql(`SELECT count(*) FILTER (WHERE nextcall <= now() AT TIME ZONE 'utc')::int AS overdue,
             count(*) FILTER (WHERE lastcall > (now() AT TIME ZONE 'utc') - interval '1 min')::int AS ran
           FROM ir_cron WHERE interval_type = 'minutes' AND active`),
    );
    expect(rows[0]?.['overdue']).toBe(0);
    expect(rows[0]?.['ran']).toBeGreaterThan(3);
    await shop.close();
  });

  it('attaches an invoice now and then, and its file is there', async () => {
    const { database } = tenant(4);
    const folder = await folderOf();
    const shop = new Shop(tenant(4), odoo, 5, Date.now(), folder);
    const before = await numberIn(database, 'SELECT count(*) FROM ir_attachment');
    const start = Date.now();
    for (let turn = 1; turn <= 60; turn += 1) {
      await shop.turn(start + turn * 16_000);
    }
    await shop.close();
    const rows = await withDatabase(odoo, database, (sql) =>
      sql(`SELECT store_fname, file_size FROM ir_attachment WHERE name LIKE 'INV-%'`),
    );
    expect(rows.length).toBeGreaterThan(2);
    expect(rows.length).toBeLessThan(25);
    expect(await numberIn(database, 'SELECT count(*) FROM ir_attachment')).toBe(before + rows.length);
    for (const { store_fname, file_size } of rows) {
      expect((await stat(join(folder, String(store_fname)))).size).toBe(file_size);
    }
  });

  it('keeps what could not be written until the database is back', async () => {
    const { database } = tenant(3);
    const now = Date.now();
    const shop = new Shop(tenant(3), odoo, 5, now - 10 * minute);
    await postgres.sql('postgres', `ALTER DATABASE ${database} ALLOW_CONNECTIONS false`);
    await shop.turn(now);
    await postgres.sql('postgres', `ALTER DATABASE ${database} ALLOW_CONNECTIONS true`);
    expect(await numberIn(database, 'SELECT count(*) FROM sale_order')).toBe(0);
    await shop.turn(now + 1000);
    expect(await numberIn(database, 'SELECT count(*) FROM sale_order')).toBeGreaterThan(3);
    await shop.close();
  });
});
