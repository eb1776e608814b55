import { quotedIdentifier } from '#backups/quoted-sql.ts';
import type { Session } from '#systems/postgres/login.ts';

/** How Odoo's processes tell each other that what they hold in memory is old: sequences, and tables from 19 on (facts: odoo.md §3.1). */
export interface Signals {
  readonly sequences: ReadonlyMap<string, number>;
  readonly tables: ReadonlyMap<string, number>;
}

export async function signalsIn(session: Session): Promise<Signals> {
  const found = await session.query({
    text: `SELECT c.relname AS name, c.relkind AS kind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
WHERE (c.relkind = 'S' AND c.relname ~ '^base_(registry|cache)_signaling') OR (c.relkind = 'r' AND c.relname ~ '^orm_signaling_')
  AND c.relname !~ '_id_seq$'`,
  });
  const read = async (kind: string, value: string) => {
    const values = new Map<string, number>();
    for (const { name } of found.filter((one) => one['kind'] === kind)) {
      const [row] = await session.query({
        text: `SELECT ${value} AS value FROM public.${quotedIdentifier(String(name))}`,
      });
      values.set(String(name), Number(row?.['value'] ?? 0));
    }
    return values;
  };
  return {
    sequences: await read('S', 'last_value::float8'),
    tables: await read('r', 'coalesce(max(id), 0)::float8'),
  };
}

/**
 * Beyond what any process can have seen in either database: equal numbers would let one go on with what it remembers of the other.
 * `live` is null where there is none.
 */
export async function signalAnew(session: Session, live: Signals | null): Promise<void> {
  const own = await signalsIn(session);
  for (const [name, value] of own.sequences) {
    const next = Math.max(value, live?.sequences.get(name) ?? 0) + 1;
    await session.query({
      text: `SELECT setval($1::regclass, $2::bigint)`,
      values: [`public.${quotedIdentifier(name)}`, next],
    });
  }
  for (const [name, value] of own.tables) {
    const next = Math.max(value, live?.tables.get(name) ?? 0) + 1;
    await session.query({ text: `INSERT INTO public.${quotedIdentifier(name)} (id) VALUES ($1)`, values: [next] });
    await session.query({
      text: `SELECT setval(pg_get_serial_sequence($1, 'id'), $2::bigint)`,
      values: [`public.${quotedIdentifier(name)}`, next],
    });
  }
}
