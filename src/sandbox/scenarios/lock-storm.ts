import { connect, withDatabase } from '../sql.ts';
import { preferring, type Scenario } from './scenario.ts';

const product = 7;
const blockedSessions = 14;
const lostOrders = '14 min';

/** A session forgets to commit; everybody who touches the same shelf waits for it, and orders stay away. */
export const lockStorm: Scenario = {
  name: 'lock-storm',
  summary: 'an idle transaction holds stock_quant rows, 14 UPDATEs wait for it, orders drop',
  defaultTenant: preferring('harbour-shoes'),
  async start({ odoo, day }, tenant) {
    const resume = day.halt(tenant.name, 'tills', 'web');
    const holder = await connect(odoo, tenant.database, 'odoo-8812');
    await holder.query('BEGIN');
    await holder.query('UPDATE stock_quant SET reserved_quantity = reserved_quantity + 1 WHERE product_id = $1', [
      product,
    ]);
    const waiting = await Promise.all(
      Array.from({ length: blockedSessions }, (_, index) => connect(odoo, tenant.database, `odoo-${8820 + index}`)),
    );
    for (const client of waiting) {
      // Waits until the scenario ends; the end of its connection is no news then.
      client
        .query('UPDATE stock_quant SET quantity = quantity - 1 WHERE product_id = $1', [product])
        .catch(() => undefined);
    }
    await forgetOrders(odoo, tenant.database, lostOrders);
    return async () => {
      await holder.query('ROLLBACK').catch(() => undefined);
      await Promise.all([holder, ...waiting].map((client) => client.end().catch(() => undefined)));
      resume();
    };
  },
};

/** As if it had begun a while ago: a drop that is measured over a quarter of an hour is seen at once. */
export async function forgetOrders(odoo: Parameters<typeof connect>[0], database: string, span: string): Promise<void> {
  await withDatabase(odoo, database, async (sql) => {
    for (const table of ['pos_order', 'sale_order']) {
      await sql(`DELETE FROM ${table} WHERE date_order > (now() AT TIME ZONE 'utc') - $1::interval`, [span]);
    }
  });
}
