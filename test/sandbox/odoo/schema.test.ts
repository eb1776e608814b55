import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allSeries, schemaSql } from '#sandbox/odoo/schema.ts';
import { startTestPostgres, type TestPostgres } from '../../servers.ts';

describe('the schema of an Odoo series', () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startTestPostgres();
    for (const series of allSeries) {
      await postgres.sql('postgres', `CREATE DATABASE odoo_${series}`);
      await postgres.sql(`odoo_${series}`, schemaSql(series));
    }
  });
  afterAll(() => postgres?.stop());

  const columnsOf = async (series: number, table: string) => {
    const rows = await postgres.sql(
      `odoo_${series}`,
      `SELECT column_name AS name, data_type AS type, is_nullable AS nullable
       FROM information_schema.columns WHERE table_name = '${table}'`,
    );
    return new Map(rows.map(({ name, type, nullable }) => [name, nullable === 'NO' ? `${type} NN` : String(type)]));
  };

  it('has the name of a cron as text, but in 16 translated', async () => {
    const types = await Promise.all(
      allSeries.map(async (series) => (await columnsOf(series, 'ir_cron')).get('cron_name')),
    );
    expect(types).toEqual(
      ['character varying', 'character varying', 'character varying', 'character varying', 'character varying'].with(
        1,
        'jsonb',
      ),
    );
  });

  it('counts calls until 17 and failures from 18 on', async () => {
    const [old, young] = [await columnsOf(17, 'ir_cron'), await columnsOf(18, 'ir_cron')];
    expect([old.has('numbercall'), old.has('failure_count')]).toEqual([true, false]);
    expect([young.has('numbercall'), young.has('failure_count')]).toEqual([false, true]);
  });

  it('asks every till order for a session until 19', async () => {
    expect((await columnsOf(18, 'pos_order')).get('session_id')).toBe('integer NN');
    expect((await columnsOf(19, 'pos_order')).get('session_id')).toBe('integer');
  });

  it('has no jobs in 19, acquirers in 15 and providers after', async () => {
    const tables = async (series: number) => {
      const rows = await postgres.sql(`odoo_${series}`, `SELECT relname AS name FROM pg_class WHERE relkind = 'r'`);
      return rows.map(({ name }) => name);
    };
    expect(await tables(19)).not.toContain('queue_job');
    expect(await tables(18)).toContain('queue_job');
    expect(await tables(15)).toContain('payment_acquirer');
    expect(await tables(16)).toEqual(expect.not.arrayContaining(['payment_acquirer']));
  });

  it('indexes the state of till orders, but not in 16', async () => {
    const indexed = await Promise.all(
      allSeries.map(async (series) => {
        const rows = await postgres.sql(
          `odoo_${series}`,
          `SELECT indexdef AS text FROM pg_indexes WHERE tablename = 'pos_order' AND indexdef LIKE '%(state)'`,
        );
        return rows.length;
      }),
    );
    expect(indexed).toEqual([1, 0, 1, 1, 1]);
  });
});
