import type { Session } from '#systems/postgres/login.ts';
import type { Row } from '#systems/postgres/server.ts';
import { quotedIdentifier } from '../quoted-sql.ts';
import { actingAs, ended, originals, schema } from './originals.ts';

/**
 * Puts back what `neutralise` changed, to the value, and removes what it added and kept: the database may go live. What was ended
 * (jobs, mails) stays ended. Where nothing was neutralised, nothing is done. One transaction. Returns the rows put back.
 * `owner`: as for `neutralise`.
 */
export async function bringBack(session: Session, owner: string | null = null): Promise<number> {
  if (!(await isNeutralised(session))) {
    return 0;
  }
  await session.query({ text: 'BEGIN' });
  for (const text of owner === null ? [] : actingAs(owner)) {
    await session.query({ text });
  }
  const batches = await session.query({
    text: `SELECT o.batch, o.kind, o.table_name, array_agg(DISTINCT k.name) FILTER (WHERE k.name IS NOT NULL) AS columns
FROM ${originals} o LEFT JOIN LATERAL jsonb_object_keys(o.before) AS k(name) ON true
GROUP BY o.batch, o.kind, o.table_name ORDER BY o.batch DESC`,
  });
  let rows = 0;
  // The last first: a value that was changed twice ends as it began.
  for (const batch of batches) {
    const [done] = await session.query({ text: backSql(batch), values: [batch['batch']] });
    rows += Number(done?.['rows'] ?? 0);
  }
  await session.query({ text: 'RESET ROLE' });
  await session.query({ text: `DROP SCHEMA ${schema} CASCADE` });
  await session.query({ text: 'COMMIT' });
  return rows;
}

export async function isNeutralised(session: Session): Promise<boolean> {
  const [row] = await session.query({ text: `SELECT to_regclass('${originals}') IS NOT NULL AS is` });
  return row?.['is'] === true;
}

/** What waited at the backup and was ended for good, by word. Empty where nothing is neutralised. */
export async function endedIn(session: Session): Promise<Readonly<Record<string, number>>> {
  if (!(await isNeutralised(session))) {
    return {};
  }
  const rows = await session.query({
    text: `SELECT word, sum(rows)::float8 AS rows FROM ${ended} GROUP BY word ORDER BY word`,
  });
  return Object.fromEntries(rows.map(({ word, rows: count }) => [String(word), Number(count)]));
}

function backSql({ kind, table_name, columns }: Row): string {
  const place = `public.${quotedIdentifier(String(table_name))}`;
  const own = `FROM ${originals} o WHERE o.batch = $1 AND o.row_id = t.id`;
  if (kind === 'added') {
    return `WITH done AS (DELETE FROM ${place} t USING ${originals} o WHERE o.batch = $1 AND o.row_id = t.id RETURNING 1)
SELECT count(*)::int AS rows FROM done`;
  }
  const set = (columns as readonly string[])
    .map((name) => quotedIdentifier(name))
    .map((name) => `${name} = (jsonb_populate_record(NULL::${place}, o.before)).${name}`)
    .join(', ');
  return `WITH done AS (UPDATE ${place} t SET ${set} ${own} RETURNING 1) SELECT count(*)::int AS rows FROM done`;
}
