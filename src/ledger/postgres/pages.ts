import { setTimeout as pause } from 'node:timers/promises';
import { hashOf, linkOf } from '../chain.ts';
import type { LedgerEntry } from '../entry.ts';
import { broken } from '../head.ts';
import { type Filter, matches, type ReadOptions } from '../query.ts';
import { entryIn } from '../read-entry.ts';
import type { LedgerConnection } from './connection.ts';

const pageEntries = 500;
const lookAgainMs = 500;
const lastSeq = Number.MAX_SAFE_INTEGER;

interface Page {
  readonly lines: readonly string[];
  readonly next: number | null;
}

/** One page: its own short statement, so that no reader holds a transaction open while somebody reads on. */
async function page(connection: LedgerConnection, filter: Filter, place: number, backwards: boolean): Promise<Page> {
  const { limit: _limit, ...wanted } = filter;
  const [row] = await connection.read('SELECT lines, next FROM till_ledger.page($1, $2, $3, $4)', [
    JSON.stringify(wanted),
    place,
    backwards,
    Math.min(pageEntries, filter.limit ?? pageEntries),
  ]);
  const next = row?.['next'] ?? null;
  return { lines: (row?.['lines'] ?? []) as readonly string[], next: next === null ? null : Number(next) };
}

/** Matching entries, a page at a time. */
export async function* entriesOf(
  connection: LedgerConnection,
  filter: Filter,
  { onUnsound }: ReadOptions,
  backwards: boolean,
): AsyncGenerator<LedgerEntry> {
  let left = filter.limit ?? Number.POSITIVE_INFINITY;
  for (let place: number | null = backwards ? lastSeq : 1; place !== null && left > 0; ) {
    const { lines, next }: Page = await page(connection, filter, place, backwards);
    for (const entry of lines.map((line) => soundEntry(line, onUnsound))) {
      if (entry !== null && matches(filter, entry) && left > 0) {
        left -= 1;
        yield entry;
      }
    }
    place = next;
  }
}

/** What comes from `fromSeq` on, or from now on. Asked for again and again: a notification is lost with its session, and anybody can send one. */
export async function* followedOn(
  connection: LedgerConnection,
  filter: Filter,
  { signal, onUnsound }: ReadOptions & { readonly signal: AbortSignal },
): AsyncGenerator<LedgerEntry> {
  let place = filter.fromSeq ?? (await headOf(connection)) + 1;
  while (!signal.aborted) {
    const { lines, next } = await page(connection, {}, place, false);
    for (const line of lines) {
      const link = linkOf(Buffer.from(line));
      place = link === null ? place + 1 : link.seq + 1;
      const entry = soundEntry(line, onUnsound);
      if (entry !== null && matches(filter, entry)) {
        yield entry;
      }
    }
    if (next === null) {
      await pause(lookAgainMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** The ledger's bytes as its file would hold them, for whoever verifies. */
export async function* chunksOf(
  connection: LedgerConnection,
  after: { readonly seq: number; readonly hash: string } | null = null,
): AsyncGenerator<Buffer> {
  if (after !== null) {
    const [line = ''] = (await page(connection, { fromSeq: after.seq, toSeq: after.seq }, after.seq, false)).lines;
    if (linkOf(Buffer.from(line))?.hash !== after.hash) {
      throw broken(line === '' ? `entry ${after.seq} is gone` : `entry ${after.seq} is another one now`);
    }
  }
  for (let place: number | null = (after?.seq ?? 0) + 1; place !== null; ) {
    const { lines, next }: Page = await page(connection, {}, place, false);
    if (lines.length > 0) {
      yield Buffer.from(`${lines.join('\n')}\n`);
    }
    place = next;
  }
  // Whoever signs what was read vouches for it: none of it may be lost in a crash that comes now.
  await connection.onDisk();
}

async function headOf(connection: LedgerConnection): Promise<number> {
  const [row] = await connection.read('SELECT seq FROM till_ledger.head_now()');
  return Number(row?.['seq'] ?? 0);
}

function soundEntry(text: string, onUnsound: ReadOptions['onUnsound']): LedgerEntry | null {
  const line = Buffer.from(text);
  const link = linkOf(line);
  if (link === null || hashOf(line) !== link.hash) {
    onUnsound?.(link?.seq ?? null);
    return null;
  }
  return entryIn(line, link);
}
