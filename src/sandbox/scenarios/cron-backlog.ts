import { withDatabase } from '../sql.ts';
import { preferring, type Scenario } from './scenario.ts';

const late = '41 min';

/** Nobody runs the scheduled actions any more: mails wait, payments wait, stock is not exported. */
export const cronBacklog: Scenario = {
  name: 'cron-backlog',
  summary: 'no cron has run for 41 minutes; mail and jobs pile up behind them',
  defaultTenant: preferring('maple-toys'),
  async start({ odoo, day }, tenant) {
    const shop = day.shop(tenant.name);
    const releases = [shop.halt('crons'), shop.halt('jobs')];
    await withDatabase(odoo, tenant.database, async (sql) => {
      await sql(
        `UPDATE ir_cron SET nextcall = (now() AT TIME ZONE 'utc') - $1::interval + (id % 7) * interval '90 s',
           lastcall = (now() AT TIME ZONE 'utc') - $1::interval - interval '5 min'
         WHERE active AND interval_type IN ('minutes', 'hours')`,
        [late],
      );
      if (tenant.series < 19) {
        await sql(
          `INSERT INTO queue_job (uuid, state, name, model_name, method_name, channel, priority, retry, max_retries,
             date_created, company_id, user_id, func_string, args, kwargs, records)
           SELECT gen_random_uuid()::text, 'pending', 'Backlog', 'stock.quant', 'export_stock', 'root.connector', 10, 0, 5,
             (now() AT TIME ZONE 'utc') - $1::interval + n * interval '20 s', 1, 1, 'stock.quant().export_stock()', '[]', '{}', '[]'
           FROM generate_series(1, 120) n`,
          [late],
        );
      }
    });
    return async () => {
      // What is due runs at the next turn of the chores, as it does when a cron worker comes back.
      for (const release of releases) {
        release();
      }
      if (tenant.series < 19) {
        await withDatabase(odoo, tenant.database, (sql) =>
          sql(
            `UPDATE queue_job SET state = 'done', date_done = now() AT TIME ZONE 'utc' WHERE state = 'pending' AND name = 'Backlog'`,
          ),
        );
      }
    };
  },
};
