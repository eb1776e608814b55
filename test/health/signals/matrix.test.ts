import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatabaseQuery, Signal } from '#health/signal.ts';
import { signals } from '#health/signals/index.ts';
import { startTestPostgres, type TestPostgres } from '../../servers.ts';
import { says, tenant } from './makers.ts';
import { connected, grantsFor, probed } from './postgres.ts';
import { trouble } from './schemas/trouble.ts';

type DatabaseSignal = Extract<Signal, { readonly from: 'database' }>;
const own = signals.filter((signal): signal is DatabaseSignal => signal.from === 'database');
const queries: ReadonlySet<DatabaseQuery<unknown>> = new Set(own.map(({ query }) => query));
const monitor = { user: 'till_monitor', password: 'for-tests-only' };

let server: TestPostgres;
beforeAll(async () => {
  server = await startTestPostgres();
  await server.sql('postgres', `CREATE ROLE ${monitor.user} LOGIN PASSWORD '${monitor.password}'`);
});
afterAll(async () => server?.stop());

async function newDatabase(name: string, ...texts: readonly string[]): Promise<void> {
  await server.sql('postgres', `CREATE DATABASE ${name}`);
  const admin = { user: server.user, password: server.password };
  await connected(server, name, admin, async (read) => {
    for (const text of texts) {
      await read(text);
    }
    await read(grantsFor(queries, await probed(read, queries), monitor.user) || 'SELECT 1');
  });
}

/** Every signal's word on a database, read with no more than the column grants; signals that do not apply are left out. */
async function wordsOf(database: string): Promise<Readonly<Record<string, string>>> {
  return connected(server, database, monitor, async (read) => {
    const schema = await probed(read, queries);
    const said: [string, string][] = [];
    for (const signal of own) {
      const asked = signal.query.query(schema, tenant());
      const observed = asked === null ? null : signal.query.parse(await read(asked.text, asked.values));
      const word = observed === null ? null : says(signal, observed);
      if (word !== null) {
        said.push([signal.name, word]);
      }
    }
    return Object.fromEntries(said);
  });
}

const schemaFor = (series: number) => readFileSync(join(import.meta.dirname, 'schemas', `odoo-${series}.sql`), 'utf8');

describe.each([15, 16, 17, 18, 19])('a database of Odoo %i', (series) => {
  it('is read with nothing in it, and nothing is wrong with it', async () => {
    await newDatabase(`empty_${series}`, schemaFor(series));
    const said = await wordsOf(`empty_${series}`);
    expect(Object.values(said).filter((word) => !/^(ok|unknown)/.test(word))).toEqual([
      'critical: half-installed: module base is not installed',
    ]);
    expect(said['orders-rate']).toBe('unknown: 0 orders in 15 min, no earlier week to compare with');
  });

  it('is read with trouble in it, and each signal names its own', async () => {
    await newDatabase(`trouble_${series}`, schemaFor(series), trouble(series));
    const queue = {
      'queue-jobs-failed':
        'warn: 4 jobs failed in an hour in root, most with odoo.exceptions.UserError, 1 older one left',
      'queue-jobs-stuck': 'warn: 1 job stuck, one started 3h00m ago: stock.picking.push',
      'queue-jobs-waiting': 'critical: 12 jobs waiting, oldest 1h10m in root.sale',
    };
    const failing = {
      'crons-failing': 'critical: cron "Given up" was switched off by Odoo after failing for a week',
    };
    expect(await wordsOf(`trouble_${series}`)).toEqual({
      'crons-overdue': 'critical: cron "Process queue" overdue 41m',
      ...(series >= 18 ? failing : {}),
      'mail-failed': 'warn: 7 mails failed in a day, most for mail_smtp; 1 mail waiting, oldest 4h00m',
      'modules-half-upgraded': 'critical: module sale "to upgrade" for 2h00m: no cron runs',
      'orders-rate': 'critical: 3 orders in 15 min, usual 24 (same weekday and hour, 6 weeks)',
      'payments-pending': 'warn: 4 payments pending over 30 min, oldest 2h05m, most at adyen',
      'payments-unprocessed': 'critical: 3 payments taken, order not confirmed for 50m, most at adyen',
      'pickings-late': 'critical: 31 pickings a day late, usual 0, 16 of them incoming, oldest planned 3d0h ago',
      'pos-sync-lag': 'critical: 1 of 3 orders over 10 min late, worst 1h30m at Till 3',
      ...(series === 19 ? {} : queue),
      'silent-tills': 'warn: till Till 3 silent for 1h35m, while 2 others sell',
    });
  });
});

describe('a database that Odoo never touched', () => {
  it('is said to be none of its own, and nothing else is asked', async () => {
    await newDatabase('not_odoo', 'CREATE TABLE invoices (id int)');
    expect(await wordsOf('not_odoo')).toEqual({
      'modules-half-upgraded': "unknown: database harbour_shoes is not Odoo's: it has no table ir_module_module",
    });
  });
});
