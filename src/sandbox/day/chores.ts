import { openingHours } from '../curve.ts';
import { type Attachment, attach } from '../odoo/filestore.ts';
import type { Sql } from '../sql.ts';
import type { SandboxTenant } from '../tenants.ts';

const utcNow = "(clock_timestamp() AT TIME ZONE 'utc')";

/** What Odoo does by itself, every quarter of a minute, unless a scenario keeps it from it. */
export interface Chores {
  readonly crons: boolean;
  readonly jobs: boolean;
  readonly payments: boolean;
  /** An invoice that somebody prints in this turn, now and then. */
  readonly invoice: { readonly filestore: string; readonly attachment: Attachment } | null;
}

export async function doChores(sql: Sql, tenant: SandboxTenant, chores: Chores): Promise<void> {
  if (chores.crons) {
    const ran = await sql(runCronsSql(tenant));
    const names = new Set(ran.map(({ name }) => name));
    if (chores.payments && names.has('cron_post_process_payment_tx')) {
      await sql(postProcessSql);
    }
    if (names.has('ir_cron_mail_scheduler_action')) {
      await sql("UPDATE mail_mail SET state = 'sent' WHERE state = 'outgoing'");
    }
  }
  await openAndCloseTills(sql, tenant);
  if (chores.jobs && tenant.series < 19) {
    await sql(jobsSql);
  }
  if (chores.invoice !== null) {
    await attach(sql, chores.invoice.filestore, [chores.invoice.attachment]);
  }
}

/** What is due runs, and its next call moves on by whole intervals. */
function runCronsSql({ series }: SandboxTenant): string {
  const due = series < 18 ? 'c.numbercall <> 0 AND' : '';
  return `
    UPDATE ir_cron c SET lastcall = ${utcNow}, nextcall = c.nextcall
      + (1 + floor(extract(epoch FROM ${utcNow} - c.nextcall) / extract(epoch FROM t.span))) * t.span
    FROM (
      SELECT i.id, i.interval_number * ('1 ' || i.interval_type)::interval AS span, d.name
      FROM ir_cron i JOIN ir_model_data d ON d.model = 'ir.cron' AND d.res_id = i.id
    ) t
    WHERE t.id = c.id AND c.active AND ${due} c.nextcall <= ${utcNow}
    RETURNING t.name`;
}

export const postProcessSql = `
  UPDATE payment_transaction SET is_post_processed = true
  WHERE id > (SELECT coalesce(max(id), 0) - 20000 FROM payment_transaction) AND state = 'done' AND NOT is_post_processed`;

/** Sessions open before nine in the morning and close after nine in the evening, where the shop is. */
async function openAndCloseTills(sql: Sql, { timezone }: SandboxTenant): Promise<void> {
  await sql(
    `WITH shop AS (
       SELECT (now() AT TIME ZONE $1)::time BETWEEN time '${openingHours.from - 1}:40' AND time '${openingHours.until}:10' AS is_open
     ), closed AS (
       UPDATE pos_session SET state = 'closed', stop_at = ${utcNow}
       WHERE state = 'opened' AND NOT (SELECT is_open FROM shop)
     )
     INSERT INTO pos_session (config_id, user_id, name, state, start_at, rescue, create_date)
     SELECT c.id, 2 + c.id % 8, 'POS/' || nextval('pos_session_id_seq'), 'opened', ${utcNow}, false, ${utcNow}
     FROM pos_config c
     WHERE (SELECT is_open FROM shop) AND c.active AND NOT EXISTS (
       SELECT FROM pos_session s WHERE s.config_id = c.id AND s.state <> 'closed')`,
    [timezone],
  );
}

/** A job is waiting, then running, then done; each turn of the chores moves all one step. */
const jobsSql = `
  UPDATE queue_job SET state = 'done', date_done = ${utcNow}, exec_time = extract(epoch FROM ${utcNow} - date_started)
  WHERE state = 'started';
  UPDATE queue_job SET state = 'started', date_enqueued = ${utcNow}, date_started = ${utcNow}
  WHERE state = 'pending';
  INSERT INTO queue_job (uuid, state, name, model_name, method_name, channel, priority, retry, max_retries, date_created,
    company_id, user_id, func_string, args, kwargs, records)
  SELECT gen_random_uuid()::text, 'pending', 'Export stock', 'stock.quant', 'export_stock', 'root', 10, 0, 5, ${utcNow}, 1, 1,
    'stock.quant().export_stock()', '[]', '{}', '[]'
  WHERE random() < 0.5`;
