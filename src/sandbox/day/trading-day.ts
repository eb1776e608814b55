import type { Client } from 'pg';
import { filestoreOf } from '../odoo/filestore.ts';
import { seedOf } from '../random.ts';
import { connect, type Login } from '../sql.ts';
import type { SandboxTenant } from '../tenants.ts';
import { Shop } from './shop.ts';

export interface TradingDay {
  /** The trading day of one lively tenant. */
  shop(tenant: string): Shop;
  close(): Promise<void>;
}

const turnMs = 1000;

/** The estate comes to life: shops sell at their usual pace, crons run, jobs are worked off. */
export async function startTradingDay(options: {
  readonly tenants: readonly SandboxTenant[];
  readonly odoo: Login;
  readonly seed: number;
  /** Where each tenant's history ends, epoch milliseconds. */
  readonly since: ReadonlyMap<string, number>;
  /** The folder in which each database has its filestore. */
  readonly filestore: string;
}): Promise<TradingDay> {
  const shops = new Map(
    options.tenants
      .filter((tenant) => tenant.isLively)
      .map((tenant) => {
        const since = options.since.get(tenant.name) ?? Date.now();
        const filestore = filestoreOf(options.filestore, tenant.database);
        return [tenant.name, new Shop(tenant, options.odoo, seedOf(options.seed, tenant.name), since, filestore)];
      }),
  );
  const listeners = await listen(options.odoo);
  const timer = setInterval(() => {
    for (const shop of shops.values()) {
      void shop.turn(Date.now());
    }
  }, turnMs);
  return {
    shop: (tenant) => {
      const shop = shops.get(tenant);
      if (shop === undefined) {
        throw new Error(`${tenant} does not trade`);
      }
      return shop;
    },
    close: async () => {
      clearInterval(timer);
      await Promise.all([...shops.values()].map((shop) => shop.close()));
      await Promise.all(listeners.map((client) => client.end().catch(() => undefined)));
    },
  };
}

/** What a cron worker and the websocket process always hold open (facts: odoo.md §2.2). */
async function listen(odoo: Login): Promise<readonly Client[]> {
  const channels = ['cron_trigger', 'imbus'];
  return Promise.all(
    channels.map(async (channel, index) => {
      const client = await connect(odoo, 'postgres', `odoo-${21 + index}`);
      await client.query(`LISTEN ${channel}`);
      return client;
    }),
  );
}
