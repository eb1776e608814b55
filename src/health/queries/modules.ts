import type { DatabaseQuery } from '../signal.ts';
import { countAt, flagAt, numberAt, textAt } from './row.ts';
import { secondsSince } from './sql.ts';

export interface Modules {
  /** Whether this is a database that Odoo has begun to make its own. */
  readonly odoo: boolean;
  /** Installed version of `base`, such as `17.0.1.3`; null when it is not installed. */
  readonly base: string | null;
  /** Modules left in `to install`, `to upgrade` or `to remove`. */
  readonly changing: number;
  /** One of them, with its state. */
  readonly first: { readonly name: string; readonly state: string } | null;
  /** Since the latest of those changes; null when it is not written. */
  readonly changingSeconds: number | null;
}

export const modules: DatabaseQuery<Modules> = {
  name: 'modules',
  every: 60,
  deadlineMs: 3000,
  columns: { ir_module_module: ['name', 'state', 'latest_version', 'write_date'] },
  // A database without the table gets an answer too: "not Odoo" must not look like "does not apply".
  query: (schema) =>
    schema.hasColumns('ir_module_module', 'name', 'state', 'latest_version', 'write_date')
      ? { text }
      : { text: 'SELECT false AS odoo' },
  parse(rows) {
    const row = rows[0] ?? {};
    const name = textAt(row, 'name');
    return {
      odoo: flagAt(row, 'odoo'),
      base: textAt(row, 'base'),
      changing: countAt(row, 'changing'),
      first: name === null ? null : { name, state: textAt(row, 'state') ?? '' },
      changingSeconds: numberAt(row, 'changing_s'),
    };
  },
};

// By the index on state (facts: odoo.md §3.4 S10).
const text = `
  SELECT true AS odoo,
    (SELECT latest_version FROM ir_module_module WHERE name = 'base' AND state IN ('installed', 'to upgrade')) AS base,
    count(*)::int AS changing,
    (array_agg(name ORDER BY name))[1] AS name,
    (array_agg(state ORDER BY name))[1] AS state,
    ${secondsSince('max(write_date)')} AS changing_s
  FROM ir_module_module WHERE state LIKE 'to %'`;
