/** Rows that turn every signal of a tenant's database red, in the words of one Odoo series. */
export function trouble(series: number): string {
  const ago = (span: string) => `now() AT TIME ZONE 'utc' - interval '${span}'`;
  const cronName = series === 16 ? `'{"en_US": "Process queue", "fr_FR": "Traiter"}'` : "'Process queue'";
  const statements = [
    series <= 17
      ? `INSERT INTO ir_cron (cron_name, active, numbercall, nextcall, lastcall, write_date)
          VALUES (${cronName}, true, -1, ${ago('41 min')}, ${ago('101 min')}, ${ago('3 days')}),
          (${cronName}, true, 0, ${ago('9 days')}, NULL, ${ago('9 days')})`
      : `INSERT INTO ir_cron (cron_name, active, nextcall, lastcall, write_date, failure_count, first_failure_date)
          VALUES (${cronName}, true, ${ago('41 min')}, ${ago('101 min')}, ${ago('3 days')}, 4, ${ago('2 hours')}),
          ('Given up', false, ${ago('-1 hour')}, ${ago('1 day')}, ${ago('30 days')}, 0, NULL),
          ('Switched off by hand', false, ${ago('9 days')}, ${ago('10 days')}, ${ago('9 days')}, 0, NULL)`,
    `INSERT INTO ir_module_module (name, state, latest_version, write_date)
      VALUES ('base', 'installed', '${series}.0.1.3', ${ago('9 days')}),
      ('sale', 'to upgrade', '${series}.0.1.2', ${ago('2 hours')}), ('stock', 'installed', '${series}.0.1.1', NULL)`,
    `INSERT INTO mail_mail (state, failure_type, create_date)
      SELECT 'exception', 'mail_smtp', ${ago('1 hour')} FROM generate_series(1, 7)`,
    `INSERT INTO mail_mail (state, create_date, scheduled_date) VALUES ('outgoing', ${ago('4 hours')}, NULL),
      ('outgoing', ${ago('9 hours')}, to_char(${ago('-2 days')}, 'YYYY-MM-DD HH24:MI:SS')${series === 15 ? '' : '::timestamp'})`,
    `INSERT INTO pos_config (name) VALUES ('Till 1'), ('Till 2'), ('Till 3')`,
    `INSERT INTO pos_session (config_id, name, state, rescue, start_at, write_date)
      SELECT id, 'S' || id, 'opened', false, ${ago('6 hours')}, ${ago('6 hours')} FROM pos_config`,
    // A usual week: 24 orders in each quarter of an hour, six weeks back; today two tills sell and one stopped.
    `INSERT INTO pos_order (session_id, state, date_order, create_date)
      SELECT 1, 'done', at, at + interval '2 s' FROM generate_series(1, 7) week,
        LATERAL (SELECT ${ago('14 min 40 s')} - week * interval '7 days' + slot * interval '36 s' AS at
          FROM generate_series(0, 23) slot) o`,
    `INSERT INTO pos_order (session_id, state, date_order, create_date)
      VALUES (1, 'paid', ${ago('2 min')}, ${ago('2 min')}), (2, 'paid', ${ago('3 min')}, ${ago('3 min')}),
      (3, 'paid', ${ago('95 min')}, ${ago('5 min')}), (3, 'draft', ${ago('1 min')}, ${ago('1 min')})`,
    `INSERT INTO sale_order (state, date_order) VALUES ('sale', ${ago('9 min')}), ('draft', ${ago('1 min')})`,
    series === 15
      ? `INSERT INTO payment_acquirer (provider) VALUES ('adyen'), ('transfer')`
      : `INSERT INTO payment_provider (code) VALUES ('adyen'), ('custom')`,
    `INSERT INTO payment_transaction (${series === 15 ? 'acquirer_id' : 'provider_id'}, state, is_post_processed,
        last_state_change, create_date)
      SELECT 1, 'pending', false, ${ago('125 min')}, ${ago('126 min')} FROM generate_series(1, 4)
      UNION ALL SELECT 2, 'pending', false, ${ago('5 hours')}, ${ago('5 hours')} FROM generate_series(1, 9)
      UNION ALL SELECT 1, 'done', NULL, ${ago('50 min')}, ${ago('51 min')} FROM generate_series(1, 3)
      UNION ALL SELECT 1, 'done', true, ${ago('50 min')}, ${ago('51 min')}
      UNION ALL SELECT 1, 'draft', false, ${ago('5 hours')}, ${ago('5 hours')}`,
    `INSERT INTO stock_picking_type (code) VALUES ('outgoing'), ('incoming')`,
    `INSERT INTO stock_picking (picking_type_id, state, scheduled_date, date_done)
      SELECT 1 + n % 2, 'assigned', ${ago('3 days')}, NULL FROM generate_series(1, 31) n
      UNION ALL SELECT 1, 'done', ${ago('17 days')}, ${ago('3 days')} FROM generate_series(1, 6)
      UNION ALL SELECT 1, 'confirmed', ${ago('300 days')}, NULL FROM generate_series(1, 99)`,
  ];
  const jobs = `INSERT INTO queue_job (state, channel, model_name, method_name, exc_name,
      date_created, date_enqueued, date_started, date_done, eta)
    SELECT 'pending', 'root.sale', 'sale.order', 'export', NULL, ${ago('70 min')}, NULL::timestamp, NULL::timestamp,
      NULL::timestamp, NULL::timestamp FROM generate_series(1, 12)
    UNION ALL SELECT 'pending', 'root', 'x', 'y', NULL, ${ago('9 hours')}, NULL, NULL, NULL, ${ago('-1 hour')}
    UNION ALL SELECT 'started', NULL, 'stock.picking', 'push', NULL, ${ago('4 hours')}, ${ago('4 hours')},
      ${ago('3 hours')}, NULL, NULL
    UNION ALL SELECT 'failed', 'root', 'x', 'y', 'odoo.exceptions.UserError', ${ago('1 hour')}, ${ago('1 hour')},
      ${ago('20 min')}, NULL, NULL FROM generate_series(1, 4)
    UNION ALL SELECT 'failed', 'root', 'x', 'y', 'KeyError', ${ago('9 days')}, NULL, ${ago('9 days')}, NULL, NULL
    UNION ALL SELECT 'done', 'root', 'x', 'y', NULL, ${ago('1 hour')}, NULL, NULL, ${ago('1 hour')}, NULL`;
  return [...statements, ...(series === 19 ? [] : [jobs])].join(';\n');
}
