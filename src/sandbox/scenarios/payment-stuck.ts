import { postProcessSql } from '../day/chores.ts';
import { withDatabase } from '../sql.ts';
import { preferring, type Scenario } from './scenario.ts';

/** The provider says paid, Odoo does not act on it: customers have paid and have no order confirmed. */
export const paymentStuck: Scenario = {
  name: 'payment-stuck',
  summary: 'payments of the last two hours are taken, but their orders are not confirmed',
  defaultTenant: preferring('cedar-home', 'harbour-shoes'),
  async start({ odoo, day }, tenant) {
    const release = day.shop(tenant.name).halt('payments');
    await withDatabase(odoo, tenant.database, (sql) =>
      sql(
        `UPDATE payment_transaction SET is_post_processed = false
         WHERE state = 'done' AND last_state_change > (now() AT TIME ZONE 'utc') - interval '2 hours'`,
      ),
    );
    return async () => {
      release();
      await withDatabase(odoo, tenant.database, (sql) => sql(postProcessSql));
    };
  },
};
