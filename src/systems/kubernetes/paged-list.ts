import { Breath } from './breath.ts';
import type { Connection } from './connection.ts';
import { Garbled } from './events.ts';
import { type Foreign, object, text } from './foreign.ts';
import { ListItems } from './list-items.ts';
import { withoutManagedFields } from './managed-fields.ts';
import type { Part } from './part.ts';
import type { RowMeta } from './rows.ts';

const pageDeadlineMs = 60_000;

interface PagedList<Row extends RowMeta> {
  readonly connection: Connection;
  readonly path: string;
  readonly what: string;
  readonly part: Part<Row>;
  readonly row: (foreign: Foreign) => Row;
  readonly signal: AbortSignal;
}

/**
 * The whole picture page by page, for servers without WatchList; the way of client-go before 1.35. Returns the
 * resourceVersion to watch from.
 */
export async function listPages<Row extends RowMeta>(list: PagedList<Row>): Promise<string> {
  list.part.begin();
  let next = '';
  for (;;) {
    const { path } = list;
    const query = new URLSearchParams({ limit: '500', ...(next !== '' && { continue: next }) });
    const metadata = object((await readPage({ ...list, path: `${path}?${query}` }))['metadata']);
    next = text(metadata['continue'], 10_000);
    if (next === '') {
      list.part.complete();
      return text(metadata['resourceVersion']);
    }
  }
}

/** Puts a page's items into the part; returns the List around them. */
async function readPage<Row extends RowMeta>(page: PagedList<Row>): Promise<Foreign> {
  const { connection, path, what, part, row } = page;
  const signal = AbortSignal.any([page.signal, AbortSignal.timeout(pageDeadlineMs)]);
  const stream = await connection.download({ what, path, signal });
  const breath = new Breath();
  const items = new ListItems();
  for await (const chunk of stream) {
    for (const item of items.of(chunk)) {
      part.put(row(object(parsed(item))));
      if (breath.isDue) {
        part.told();
        await breath.take();
      }
    }
  }
  part.told();
  try {
    return items.list();
  } catch {
    throw new Garbled('a list that is not JSON');
  }
}

function parsed(item: Buffer): unknown {
  try {
    return JSON.parse(withoutManagedFields(item));
  } catch {
    throw new Garbled('an item that is not JSON');
  }
}
