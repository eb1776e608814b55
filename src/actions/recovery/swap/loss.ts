import { quotedIdentifier } from '#backups/quoted-sql.ts';
import type { Session } from '#systems/postgres/login.ts';
import { ReadFailure } from '#systems/source.ts';

/** What one kind of work has that the other database has not. */
export interface Loss {
  readonly table: string;
  readonly words: string;
  /** Null: it could not be counted in time. */
  readonly rows: number | null;
  /** The sum of their amounts, where they have any. */
  readonly amount: string | null;
}

const work: readonly (readonly [table: string, words: string, amount: string | null])[] = [
  ['sale_order', 'orders', 'amount_total'],
  ['pos_order', 'sales at tills', 'amount_total'],
  ['pos_session', 'till sessions', null],
  ['payment_transaction', 'online payments', 'amount'],
  ['pos_payment', 'payments at tills', 'amount'],
  ['account_payment', 'payments', 'amount'],
  ['account_move', 'journal entries', null],
  ['stock_move', 'stock moves', null],
];

/**
 * The other database's highest ids, by table: what it has not, has higher ones, and a primary key finds them at once. As each
 * table's owner: a swap that did not come to its end has given some of them away.
 */
export async function highestIds(session: Session): Promise<ReadonlyMap<string, number>> {
  const there = await tablesIn(session);
  const highest = new Map<string, number>();
  for (const [table] of work) {
    const { owner = null } = there.get(table) ?? {};
    if (owner !== null) {
      await session.query({ text: `SET ROLE ${quotedIdentifier(owner)}` });
      const [row] = await session.query({ text: `SELECT coalesce(max(id), 0)::float8 AS id FROM ${place(table)}` });
      highest.set(table, Number(row?.['id']));
    }
  }
  await session.query({ text: 'RESET ROLE' });
  return highest;
}

/** Rows of the live database that came after: by their ids, or, where ids have begun anew, by when they were made. Reads alone. */
export async function lossIn(
  session: Session,
  since: { readonly ids: ReadonlyMap<string, number> } | { readonly at: string },
): Promise<readonly Loss[]> {
  const there = await tablesIn(session);
  const found: Loss[] = [];
  for (const [table, words, amount] of work) {
    const has = there.get(table)?.columns;
    if (has === undefined || ('ids' in since && !since.ids.has(table)) || ('at' in since && !has.has('create_date'))) {
      continue;
    }
    const sum = amount !== null && has.has(amount) ? `sum(${quotedIdentifier(amount)})::text` : 'NULL';
    const [where, value] =
      'ids' in since
        ? ['id > $1', since.ids.get(table) ?? 0]
        : [`create_date > $1::timestamptz AT TIME ZONE 'utc'`, since.at];
    try {
      const [row] = await session.query({
        text: `SELECT count(*)::float8 AS rows, ${sum} AS amount FROM ${place(table)} WHERE ${where}`,
        values: [value],
      });
      const total = row?.['amount'];
      found.push({ table, words, rows: Number(row?.['rows']), amount: typeof total === 'string' ? total : null });
    } catch (error) {
      // One that takes too long is said to be unknown; a server that is gone is no count at all.
      if (!(error instanceof ReadFailure) || error.code !== '57014') {
        throw error;
      }
      found.push({ table, words, rows: null, amount: null });
    }
  }
  return found;
}

/** One line a kind; what has none is left out. */
export function lossWords(losses: readonly Loss[]): readonly string[] {
  return losses
    .filter(({ rows }) => rows !== 0)
    .map(({ words, rows, amount }) =>
      rows === null
        ? `an unknown number of ${words}`
        : `${rows} ${words}${amount === null ? '' : ` of ${Number(amount).toFixed(2)} in all`}`,
    );
}

const place = (table: string) => `public.${quotedIdentifier(table)}`;

interface Table {
  readonly owner: string;
  readonly columns: ReadonlySet<string>;
}

async function tablesIn(session: Session): Promise<ReadonlyMap<string, Table>> {
  const rows = await session.query({
    text: `SELECT c.relname AS name, pg_get_userbyid(c.relowner) AS owner, array_agg(a.attname::text) AS columns FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p') AND c.relname = ANY ($1::text[]) GROUP BY c.relname, c.relowner`,
    values: [work.map(([table]) => table)],
  });
  return new Map(
    rows.map(({ name, owner, columns }) => [
      String(name),
      { owner: String(owner), columns: new Set(columns as readonly string[]) },
    ]),
  );
}
