import type { Session } from '#systems/postgres/login.ts';
import { catalogueCounts, countedTables, odooOf, type Read } from '../contents.ts';
import { type Columns, columnsOf } from '../neutralise/columns.ts';
import { nowhere } from '../neutralise/rule.ts';
import { quotedIdentifier } from '../quoted-sql.ts';
import type { Neutral, RestoredFacts } from './facts.ts';

/** In none of them is an index on the date: they are read whole, in a copy that nobody waits for. */
const written = ['sale_order', 'pos_order', 'account_move', 'stock_move', 'mail_message', 'payment_transaction'];

/** Reads a restored database for `restoredChecks`. */
export async function readFacts(session: Session): Promise<RestoredFacts> {
  const columns = await columnsOf(session);
  const read: Read = (query) => session.query(query);
  return {
    catalogue: await catalogueCounts(read),
    invalidIndexes: await invalidOf(session),
    counted: await countedTables(read),
    newestRow: await newestOf(session, columns),
    unbalanced: await unbalancedOf(session, columns),
    attachments: await attachmentsOf(session, columns),
    modules: await modulesOf(read, columns),
    neutral: await neutralOf(session, columns),
  };
}

async function invalidOf(session: Session): Promise<readonly string[]> {
  const rows = await session.query({
    text: 'SELECT indexrelid::regclass::text AS name FROM pg_index WHERE NOT indisvalid ORDER BY 1',
  });
  return rows.map(({ name }) => String(name));
}

async function newestOf(session: Session, columns: Columns): Promise<string | null> {
  const dated = written.filter((name) => columns.get(name)?.has('create_date') === true);
  if (dated.length === 0) {
    return null;
  }
  const all = dated
    .map((name) => `SELECT max(create_date) AS at FROM public.${quotedIdentifier(name)}`)
    .join(' UNION ALL ');
  const [row] = await session.query({
    text: `SELECT to_char(max(at), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at FROM (${all}) AS dates`,
  });
  return typeof row?.['at'] === 'string' ? row['at'] : null;
}

async function unbalancedOf(session: Session, columns: Columns): Promise<RestoredFacts['unbalanced']> {
  const has = columns.get('account_move_line');
  if (!['debit', 'credit', 'company_id', 'parent_state'].every((name) => has?.has(name) === true)) {
    return null;
  }
  const rows = await session.query({
    text: `SELECT coalesce(company_id::text, 'none') AS company, (sum(debit) - sum(credit))::text AS difference
FROM public.account_move_line WHERE parent_state = 'posted' GROUP BY company_id HAVING sum(debit) <> sum(credit) ORDER BY 1`,
  });
  return rows.map(({ company, difference }) => ({ company: String(company), difference: String(difference) }));
}

/** Those with a scheme lie in another store. */
async function attachmentsOf(session: Session, columns: Columns): Promise<ReadonlySet<string> | null> {
  if (columns.get('ir_attachment')?.has('store_fname') !== true) {
    return null;
  }
  const rows = await session.query({
    text: `SELECT DISTINCT store_fname AS name FROM public.ir_attachment
WHERE store_fname <> '' AND strpos(store_fname, '://') = 0`,
  });
  return new Set(rows.map(({ name }) => String(name)));
}

async function modulesOf(read: Read, columns: Columns): Promise<RestoredFacts['modules']> {
  if (columns.get('ir_module_module')?.has('latest_version') !== true) {
    return null;
  }
  const rows = await read({ text: "SELECT name FROM public.ir_module_module WHERE state LIKE 'to %' ORDER BY name" });
  return { inBetween: rows.map(({ name }) => String(name)), installed: (await odooOf(read)).modules };
}

/** Each word with the table and what in it is alive. */
const alive: readonly (readonly [word: string, table: string, needs: readonly string[], where: string])[] = [
  ['scheduled actions', 'ir_cron', ['active'], 'active'],
  ['mail servers', 'ir_mail_server', ['active'], `active AND coalesce(smtp_host, '') NOT IN ('invalid', '${nowhere}')`],
  ['outgoing mails', 'mail_mail', ['state'], "state = 'outgoing'"],
  ['mailboxes fetched', 'fetchmail_server', ['active'], 'active'],
  ['payment providers', 'payment_provider', ['state'], "state = 'enabled'"],
  ['payment providers', 'payment_acquirer', ['state'], "state = 'enabled'"],
  ['jobs', 'queue_job', ['state'], "state IN ('wait_dependencies', 'pending', 'enqueued', 'started')"],
  ['carriers in production', 'delivery_carrier', ['prod_environment'], 'prod_environment'],
  ['webhooks', 'ir_act_server', ['webhook_url'], 'webhook_url IS NOT NULL'],
];

async function neutralOf(session: Session, columns: Columns): Promise<Neutral> {
  const live: Record<string, number> = {};
  for (const [word, table, needs, where] of alive) {
    const has = columns.get(table);
    if (has !== undefined && needs.every((name) => has.has(name))) {
      const [row] = await session.query({
        text: `SELECT count(*)::int AS rows FROM public.${quotedIdentifier(table)} WHERE ${where}`,
      });
      live[word] = (live[word] ?? 0) + Number(row?.['rows']);
    }
  }
  if (!columns.has('ir_config_parameter')) {
    return { isMarked: false, live };
  }
  const [row] = await session.query({
    text: `SELECT EXISTS (SELECT FROM public.ir_config_parameter WHERE key = 'database.is_neutralized' AND value = 'true') AS is`,
  });
  return { isMarked: row?.['is'] === true, live };
}
