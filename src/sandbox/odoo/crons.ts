/** Scheduled actions of a shop: XML id, name, every so many units, and whether it is switched on (facts: odoo.md §8). */
export type Unit = 'minutes' | 'hours' | 'days' | 'weeks';
export interface CronSpec {
  readonly xmlid: string;
  readonly name: string;
  readonly every: number;
  readonly unit: Unit;
  readonly active: boolean;
}

type Line = readonly [xmlid: string, name: string, every: number, unit: Unit, active?: boolean];

const lines: readonly Line[] = [
  ['base.autovacuum_job', 'Base: Auto-vacuum internal data', 1, 'days'],
  ['mail.ir_cron_mail_scheduler_action', 'Mail: Email Queue Manager', 1, 'hours'],
  ['mail.ir_cron_mail_gateway_action', 'Mail: Fetchmail Service', 5, 'minutes', false],
  ['mail.ir_cron_send_scheduled_message', 'Notification: Send scheduled message notifications', 1, 'hours'],
  ['mail.ir_cron_delete_notification', 'Notification: Delete Notifications older than 6 Month', 1, 'days'],
  ['mail.ir_cron_module_update_notification', 'Publisher: Update Notification', 1, 'weeks'],
  ['payment.cron_post_process_payment_tx', 'payment: post-process transactions', 10, 'minutes'],
  ['stock.ir_cron_scheduler_action', 'Procurement: run scheduler', 1, 'days'],
  ['account.ir_cron_auto_post_draft_entry', 'Account: Post draft entries with auto_post enabled', 1, 'days'],
  ['account.ir_cron_account_move_send', 'Send invoices automatically', 1, 'days'],
  ['digest.ir_cron_digest_scheduler_action', 'Digest Emails', 1, 'days'],
  [
    'website_sale.ir_cron_send_availability_email',
    'eCommerce: send email to customers about their abandoned cart',
    1,
    'hours',
  ],
  ['website.website_disable_unused_snippets_assets', 'Disable unused snippets assets', 1, 'weeks'],
  ['website_visitor.website_visitor_cron', 'Website Visitor : clean inactive visitors', 1, 'days'],
  ['sale.send_invoice_cron', 'automatic invoicing: send ready invoice', 1, 'days', false],
  ['sms.ir_cron_sms_scheduler_action', 'SMS: SMS Queue Manager', 1, 'hours'],
  ['phone_validation.ir_cron_phone_blacklist', 'Phone: refresh blacklist', 1, 'weeks', false],
  ['base_setup.ir_cron_user_invite', 'Users: Notify About Unregistered Users', 1, 'days'],
  ['auth_totp.ir_cron_totp_cleanup', 'Users: clean up trusted devices', 1, 'days'],
  ['product.ir_cron_product_cost', 'Product: recompute average cost', 1, 'days'],
  ['retail_connector.ir_cron_import_orders', 'Marketplace: import orders', 5, 'minutes'],
  ['retail_connector.ir_cron_export_stock', 'Marketplace: export stock levels', 15, 'minutes'],
  ['retail_loyalty.ir_cron_points', 'Loyalty: expire points', 1, 'days'],
  ['retail_pos.ir_cron_close_sessions', 'Point of Sale: remind of open sessions', 1, 'hours'],
  ['delivery.ir_cron_tracking', 'Delivery: fetch tracking', 30, 'minutes'],
];

const withQueueJob: readonly Line[] = [
  ['queue_job.ir_cron_queue_job_garbage_collector', 'Jobs Garbage Collector', 5, 'minutes'],
  ['queue_job.ir_cron_autovacuum_queue_jobs', 'AutoVacuum Job Queue', 1, 'days'],
];

export function cronsOf(series: number): readonly CronSpec[] {
  const all = series < 19 ? [...lines, ...withQueueJob] : lines;
  return all.map(([xmlid, name, every, unit, active = true]) => ({ xmlid, name, every, unit, active }));
}
