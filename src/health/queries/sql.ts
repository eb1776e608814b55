import type { Schema } from '../signal.ts';

/** Odoo writes timestamps without a zone, in UTC (facts: odoo.md §3). */
export const utcNow = "(now() AT TIME ZONE 'utc')";

/** Seconds since a moment that Odoo wrote, as a number for JavaScript. */
export function secondsSince(moment: string): string {
  return `extract(epoch FROM ${utcNow} - ${moment})::float8`;
}

/** A moment that Odoo wrote, in epoch seconds. */
export function epochOf(moment: string): string {
  return `extract(epoch FROM ${moment} AT TIME ZONE 'utc')::float8`;
}

/**
 * A name that is plain text in one series and translated (`jsonb`) in another: `ir_cron.cron_name` is jsonb in 16 alone
 * (facts: odoo.md §0.5).
 */
export function nameOf(schema: Schema, table: string, column: string, alias: string): string {
  const cell = `${alias}.${column}`;
  return schema.typeOf(table, column) === 'jsonb'
    ? `coalesce(${cell}->>'en_US', (SELECT value FROM jsonb_each_text(${cell}) LIMIT 1))`
    : `${cell}::text`;
}
