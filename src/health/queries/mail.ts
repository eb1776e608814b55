import type { DatabaseQuery, Schema } from '../signal.ts';
import { countAt, numberAt, textAt } from './row.ts';
import { secondsSince, utcNow } from './sql.ts';

/** What the newest mails say; sent ones are deleted, so there is no rate of success to tell (facts: odoo.md §3.1). */
export interface Mail {
  /** Given up within the last 24 hours. */
  readonly failed: number;
  /** The reason that most of them failed for, as Odoo names it. */
  readonly failedFor: string | null;
  readonly outgoing: number;
  readonly oldestOutgoingSeconds: number | null;
}

export const mail: DatabaseQuery<Mail> = {
  name: 'mail',
  every: 60,
  deadlineMs: 3000,
  columns: { mail_mail: ['id', 'state', 'failure_type', 'create_date', 'scheduled_date'] },
  query: (schema) => (schema.hasColumns('mail_mail', 'id', 'state', 'create_date') ? { text: sql(schema) } : null),
  parse(rows) {
    const row = rows[0] ?? {};
    return {
      failed: countAt(row, 'failed'),
      failedFor: textAt(row, 'failed_for'),
      outgoing: countAt(row, 'outgoing'),
      oldestOutgoingSeconds: numberAt(row, 'outgoing_s'),
    };
  },
};

/**
 * The last 20,000 by primary key: state has no index, and a shop that mails has millions (facts: odoo.md §3.4 S8).
 * A mail with a date to wait for does not wait for us; in 15 that date is a text.
 */
function sql(schema: Schema): string {
  const failed = `state = 'exception' AND create_date > ${utcNow} - interval '24 hours'`;
  const outgoing = `state = 'outgoing' AND ${dueNow(schema.typeOf('mail_mail', 'scheduled_date'))}`;
  const reason = schema.hasColumns('mail_mail', 'failure_type')
    ? `mode() WITHIN GROUP (ORDER BY failure_type) FILTER (WHERE ${failed})`
    : 'NULL::text';
  return `
    SELECT (count(*) FILTER (WHERE ${failed}))::int AS failed, ${reason} AS failed_for,
      (count(*) FILTER (WHERE ${outgoing}))::int AS outgoing,
      ${secondsSince(`min(create_date) FILTER (WHERE ${outgoing})`)} AS outgoing_s
    FROM mail_mail
    WHERE id > (SELECT coalesce(max(id), 0) - 20000 FROM mail_mail) AND state IN ('outgoing', 'exception')`;
}

function dueNow(type: string | null): string {
  if (type === null) {
    return 'true';
  }
  return type.startsWith('timestamp')
    ? `(scheduled_date IS NULL OR scheduled_date <= ${utcNow})`
    : `(coalesce(scheduled_date, '') = '' OR scheduled_date <= to_char(${utcNow}, 'YYYY-MM-DD HH24:MI:SS'))`;
}
