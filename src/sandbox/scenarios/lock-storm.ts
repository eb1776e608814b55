import { connect, withDatabase } from '../sql.ts';
import { preferring, type Scenario } from './scenario.ts';

const product = 7;
const waiters = Array.from({ length: 14 }, (_, index) => `odoo-${8820 + index}`);
const alreadyMs = 14 * 60_000;

/** A session forgets to commit; everybody who touches the same shelf waits for it, and orders stay away. */
export const lockStorm: Scenario = {
  name: 'lock-storm',
  summary: 'an idle transaction holds a row of stock_quant, 14 UPDATEs wait for it, orders stop',
  defaultTenant: preferring('harbour-shoes'),
  async start({ odoo, day }, tenant) {
    const goOn = await day.shop(tenant.name).standStill(Date.now() - alreadyMs);
    const holder = await connect(odoo, tenant.database, 'odoo-8812');
    await holder.query('BEGIN');
    await holder.query('UPDATE stock_quant SET reserved_quantity = reserved_quantity + 1 WHERE product_id = $1', [
      product,
    ]);
    const waiting = await Promise.all(
      waiters.map((applicationName) => connect(odoo, tenant.database, applicationName)),
    );
    for (const client of waiting) {
      // Waits until the scenario ends; that its connection ends then is no news.
      client
        .query('UPDATE stock_quant SET quantity = quantity - 1 WHERE product_id = $1', [product])
        .catch(() => undefined);
    }
    return async () => {
      // The waiting first: what they wanted must not happen when the row comes free.
      await withDatabase(odoo, tenant.database, (sql) =>
        sql(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE datname = current_database() AND application_name = ANY($1)`,
          [waiters],
        ),
      );
      await holder.query('ROLLBACK').catch(() => undefined);
      await holder.end().catch(() => undefined);
      goOn();
    };
  },
};
