import { Breath } from './breath.ts';
import type { Connection } from './connection.ts';
import { type Foreign, object, objects, text } from './foreign.ts';
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
  const { connection, path, what, part, row, signal } = list;
  const breath = new Breath();
  part.begin();
  let next = '';
  for (;;) {
    const query = new URLSearchParams({ limit: '500', ...(next !== '' && { continue: next }) });
    const page = object(await connection.json({ what, path: `${path}?${query}`, deadlineMs: pageDeadlineMs, signal }));
    for (const item of objects(page['items'])) {
      part.put(row(item));
      if (breath.isDue) {
        await breath.take();
      }
    }
    part.told();
    const metadata = object(page['metadata']);
    next = text(metadata['continue'], 10_000);
    if (next === '') {
      part.complete();
      return text(metadata['resourceVersion']);
    }
  }
}
