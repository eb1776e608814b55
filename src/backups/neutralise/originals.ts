import { quotedIdentifier } from '../quoted-sql.ts';

/** Where a neutralised database keeps what it was: a schema that Odoo does not look into. */
export const schema = 'till_neutralised';
export const originals = `${schema}.originals`;
export const ended = `${schema}.ended`;

export const setUp: readonly string[] = [
  `CREATE SCHEMA IF NOT EXISTS ${schema}`,
  `CREATE TABLE IF NOT EXISTS ${originals} (
  id bigserial PRIMARY KEY, batch int NOT NULL, kind text NOT NULL, table_name text NOT NULL, row_id bigint NOT NULL, before jsonb NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS ${ended} (word text NOT NULL, rows bigint NOT NULL)`,
];

/** Until the end of the transaction: who owns the tables changes them, and what they were is kept where that role may write. */
export function actingAs(owner: string): readonly string[] {
  const to = quotedIdentifier(owner);
  return [
    `GRANT USAGE ON SCHEMA ${schema} TO ${to}`,
    `GRANT ALL ON ALL TABLES IN SCHEMA ${schema} TO ${to}`,
    `GRANT ALL ON ALL SEQUENCES IN SCHEMA ${schema} TO ${to}`,
    `SET LOCAL ROLE ${to}`,
  ];
}
