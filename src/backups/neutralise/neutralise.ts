import type { Session } from '#systems/postgres/login.ts';
import { quotedIdentifier } from '../quoted-sql.ts';
import { type Column, type Columns, columnsOf, tablesOf } from './columns.ts';
import { concerns } from './concerns.ts';
import { actingAs, ended, originals, setUp } from './originals.ts';
import type { AddedRow, Rule } from './rule.ts';

export interface Neutralised {
  /** Rows changed, by concern. */
  readonly changed: Readonly<Record<string, number>>;
  /** What waited and was ended for good, by word: `jobs`, `mails`. */
  readonly ended: Readonly<Record<string, number>>;
}

/**
 * Makes a restored database harmless, in one transaction, and keeps what it changed in a schema of till's own in it, so that
 * `bringBack` can put it back exactly. What waited to be sent is ended for good. Twice is as once. `owner`: who owns the tables, where
 * that is not this session's own role.
 */
export async function neutralise(session: Session, owner: string | null = null): Promise<Neutralised> {
  const run = (text: string, values?: readonly unknown[]) =>
    session.query(values === undefined ? { text } : { text, values });
  await run('BEGIN');
  for (const statement of setUp) {
    await run(statement);
  }
  if (owner !== null) {
    for (const statement of actingAs(owner)) {
      await run(statement);
    }
  }
  const columns = await columnsOf(session);
  const changed: Record<string, number> = {};
  const gone: Record<string, number> = {};
  let batch = await nextBatch(session);
  for (const { name, rules, adds = [] } of concerns) {
    let rows = 0;
    for (const rule of rules) {
      for (const table of tablesOf(rule.table, columns)) {
        const text = changeSql(rule, table, columns, batch);
        if (text !== null) {
          const [done] = await run(text);
          const count = Number(done?.['rows'] ?? 0);
          rows += count;
          batch += 1;
          if (rule.ends !== undefined && count > 0) {
            gone[rule.ends] = (gone[rule.ends] ?? 0) + count;
            await run(`INSERT INTO ${ended} (word, rows) VALUES ($1, $2)`, [rule.ends, count]);
          }
        }
      }
    }
    for (const row of adds) {
      const text = addSql(row, columns, batch);
      if (text !== null) {
        const [done] = await run(text);
        rows += Number(done?.['rows'] ?? 0);
        batch += 1;
      }
    }
    changed[name] = rows;
  }
  await run('COMMIT');
  return { changed, ended: gone };
}

async function nextBatch(session: Session): Promise<number> {
  const [row] = await session.query({ text: `SELECT coalesce(max(batch), 0)::int + 1 AS next FROM ${originals}` });
  return Number(row?.['next'] ?? 1);
}

/** Null where the table has none of the columns. */
function changeSql(rule: Rule, table: string, columns: Columns, batch: number): string | null {
  const has: ReadonlyMap<string, Column> = columns.get(table) ?? new Map();
  if ([...(rule.needs ?? []), 'id'].some((name) => !has.has(name))) {
    return null;
  }
  const like = rule.setLike;
  const pattern = like === undefined ? null : new RegExp(like.columns);
  const wanted: readonly (readonly [string, string])[] = [
    ...Object.entries(rule.set ?? {}),
    ...[...has]
      .filter(([name, { kind }]) => pattern?.test(name) === true && kind === like?.type)
      .map(
        ([name, { isNullable }]) => [name, (isNullable ? like?.to : (like?.instead ?? like?.to)) ?? 'NULL'] as const,
      ),
  ];
  const set = wanted.filter(([name, to]) => has.has(name) && !(to === 'NULL' && has.get(name)?.isNullable === false));
  if (set.length === 0) {
    return null;
  }
  const place = `public.${quotedIdentifier(table)}`;
  const names = set.map(([name]) => quotedIdentifier(name));
  const differs = set.map(([name, to]) => `t.${quotedIdentifier(name)} IS DISTINCT FROM ${to}`).join(' OR ');
  const where = `${rule.where === undefined ? '' : `(${rule.where}) AND `}(${differs})`;
  const assignments = set.map(([name, to]) => `${quotedIdentifier(name)} = ${to}`).join(', ');
  const kept = `jsonb_build_object(${set.map(([name], index) => `'${name.replaceAll("'", "''")}', t.${names[index]}`).join(', ')})`;
  const keep = `kept AS (INSERT INTO ${originals} (batch, kind, table_name, row_id, before)
  SELECT ${batch}, 'changed', '${table.replaceAll("'", "''")}', t.id, ${kept} FROM ${place} t WHERE ${where})`;
  return `WITH ${rule.ends === undefined ? `${keep}, ` : ''}done AS (UPDATE ${place} t SET ${assignments} WHERE ${where} RETURNING 1)
SELECT count(*)::int AS rows FROM done`;
}

function addSql({ table, values, unless }: AddedRow, columns: Columns, batch: number): string | null {
  const has = columns.get(table);
  if (has === undefined) {
    return null;
  }
  const set = Object.entries(values).filter(([name]) => has.has(name));
  const place = `public.${quotedIdentifier(table)}`;
  return `WITH added AS (INSERT INTO ${place} (${set.map(([name]) => quotedIdentifier(name)).join(', ')})
  SELECT ${set.map(([, value]) => value).join(', ')} WHERE NOT EXISTS (SELECT 1 FROM ${place} t WHERE ${unless}) RETURNING id),
kept AS (INSERT INTO ${originals} (batch, kind, table_name, row_id, before)
  SELECT ${batch}, 'added', '${table}', id, '{}'::jsonb FROM added RETURNING 1)
SELECT count(*)::int AS rows FROM kept`;
}
