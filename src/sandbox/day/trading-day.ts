import type { Client } from 'pg';
import { seedOf } from '../random.ts';
import { connect, type Login } from '../sql.ts';
import type { SandboxTenant } from '../tenants.ts';
import { Shop, type Standstill } from './shop.ts';

export interface TradingDay {
  /** Keeps something from happening at a tenant; returns the way to let it go on. */
  halt(tenant: string, ...what: readonly Standstill[]): () => void;
  close(): Promise<void>;
}

const turnMs = 1000;

/** The estate comes to life: shops sell at their usual pace, crons run, jobs are worked off. */
export async function startTradingDay(options: {
  readonly tenants: readonly SandboxTenant[];
  readonly odoo: Login;
  readonly seed: number;
}): Promise<TradingDay> {
  const now = Date.now();
  const shops = new Map(
    options.tenants
      .filter((tenant) => tenant.isLively)
      .map((tenant) => [tenant.name, new Shop(tenant, options.odoo, seedOf(options.seed, tenant.name), now)]),
  );
  const listeners = await listen(options.odoo);
  const timer = setInterval(() => {
    for (const shop of shops.values()) {
      void shop.turn(Date.now());
    }
  }, turnMs);
  return {
    halt: (tenant, ...what) => {
      const releases = what.map((each) => shops.get(tenant)?.halt(each) ?? (() => undefined));
      return () => releases.forEach((release) => release());
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
