import type { FileHandle } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { matchesGlob } from '#text/glob.ts';
import { linkOf } from './chain.ts';
import { blocks } from './disk.ts';
import type { Kind, LedgerEntry } from './entry.ts';
import { LineSplitter } from './lines.ts';
import { entryIn } from './read-entry.ts';

/** Every field given must match; `tenant`, `actor` and `action` may be globs. Instants are epoch milliseconds. */
export interface Filter {
  readonly tenant?: string;
  /** The user that the system vouches for, or the person claimed. */
  readonly actor?: string;
  readonly action?: string;
  readonly incident?: string;
  readonly operation?: string;
  readonly kind?: Kind;
  readonly phase?: string;
  readonly since?: number;
  readonly until?: number;
  readonly fromSeq?: number;
  readonly toSeq?: number;
  /** At most so many. */
  readonly limit?: number;
}

export function matches(filter: Filter, entry: LedgerEntry): boolean {
  const { tenant, actor, action, incident, operation, kind, phase, since, until, fromSeq, toSeq } = filter;
  const at = Date.parse(entry.at);
  return (
    (tenant === undefined || tenantsOf(entry).some((name) => matchesGlob(tenant, name))) &&
    (actor === undefined || actorsOf(entry).some((name) => matchesGlob(actor, name))) &&
    (action === undefined || (entry.action !== null && matchesGlob(action, entry.action))) &&
    (incident === undefined || entry.incident === incident) &&
    (operation === undefined || entry.operation === operation) &&
    (kind === undefined || entry.kind === kind) &&
    (phase === undefined || entry.phase === phase) &&
    (since === undefined || at >= since) &&
    (until === undefined || at < until) &&
    (fromSeq === undefined || entry.seq >= fromSeq) &&
    (toSeq === undefined || entry.seq <= toSeq)
  );
}

/** Tenants that an entry touches: its target's, those of a freeze's scope, those pinned to an incident. */
function tenantsOf({ target, params }: LedgerEntry): readonly string[] {
  const { scope, tenants } = params;
  const inScope = typeof scope === 'object' && scope !== null && 'tenants' in scope ? scope.tenants : null;
  const named = [tenants, inScope].flatMap((list) => (Array.isArray(list) ? list : []));
  return [...(target?.tenants ?? []), ...named.filter((name) => typeof name === 'string')];
}

function actorsOf({ actor: { asserted, claimed } }: LedgerEntry): readonly string[] {
  return [asserted.user, ...(claimed.person === null ? [] : [claimed.person])];
}

/** Texts that a matching line must contain: most lines can be passed over without parsing them. */
function needlesOf({ incident, operation }: Filter): readonly string[] {
  return [incident, operation].filter((needle) => needle !== undefined);
}

/** The entry in a line when it is one and matches. A line that is no entry is for `verify` to report. */
function picked(line: Buffer, filter: Filter, needles: readonly string[]): LedgerEntry | null {
  if (needles.some((needle) => !line.includes(needle))) {
    return null;
  }
  const link = linkOf(line);
  if (link === null || link.seq < (filter.fromSeq ?? 0) || link.seq > (filter.toSeq ?? Number.MAX_SAFE_INTEGER)) {
    return null;
  }
  const entry = entryIn(line, link);
  return matches(filter, entry) ? entry : null;
}

/** Matching entries between two places of the file, oldest first. */
export async function* oldestFirst(
  handle: FileHandle,
  start: number,
  end: number,
  filter: Filter,
): AsyncGenerator<LedgerEntry> {
  const needles = needlesOf(filter);
  let found: LedgerEntry[] = [];
  let left = filter.limit ?? Number.POSITIVE_INFINITY;
  const splitter = new LineSplitter((line) => {
    const entry = picked(line, filter, needles);
    if (entry !== null) {
      found.push(entry);
    }
  }, start);
  for await (const block of blocks(handle, start, end)) {
    splitter.push(block);
    for (const entry of found) {
      if (left <= 0) {
        return;
      }
      left -= 1;
      yield entry;
    }
    found = [];
  }
}

const blockBytes = 64 * 1024;

/** Matching entries before `end`, newest first. */
export async function* newestFirst(handle: FileHandle, end: number, filter: Filter): AsyncGenerator<LedgerEntry> {
  const needles = needlesOf(filter);
  let left = filter.limit ?? Number.POSITIVE_INFINITY;
  for await (const line of linesBackwards(handle, end)) {
    const link = left > 0 ? linkOf(line) : null;
    // Nothing older can match: places only fall from here.
    if (left <= 0 || (link !== null && link.seq < (filter.fromSeq ?? 0))) {
      return;
    }
    const entry = picked(line, filter, needles);
    if (entry !== null) {
      left -= 1;
      yield entry;
    }
  }
}

/** Whole lines from the last to the first; what follows the last line break is left out. */
async function* linesBackwards(handle: FileHandle, end: number): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let isWhole = false;
  for (let stop = end; stop > 0; ) {
    const start = Math.max(0, stop - blockBytes);
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.allocUnsafe(stop - start), position: start });
    let upTo = bytesRead;
    for (
      let at = buffer.lastIndexOf('\n', upTo - 1);
      at !== -1;
      at = at === 0 ? -1 : buffer.lastIndexOf('\n', at - 1)
    ) {
      const line = Buffer.concat([buffer.subarray(at + 1, upTo), ...parts]);
      if (isWhole) {
        yield line;
      }
      isWhole = true;
      parts = [];
      upTo = at;
    }
    parts = [buffer.subarray(0, upTo), ...parts];
    stop = start;
  }
  if (isWhole) {
    yield Buffer.concat(parts);
  }
}

const lookAgainMs = 250;

/** What is appended after `start`, until the signal. `sizeOf` is asked again and again: file events are lost on some systems. */
export async function* followed(
  open: () => Promise<FileHandle | null>,
  start: number,
  filter: Filter,
  signal: AbortSignal,
): AsyncGenerator<LedgerEntry> {
  const needles = needlesOf(filter);
  let found: LedgerEntry[] = [];
  let read = start;
  const splitter = new LineSplitter((line) => {
    const entry = picked(line, filter, needles);
    if (entry !== null) {
      found.push(entry);
    }
  }, start);
  while (!signal.aborted) {
    const handle = await open();
    try {
      const size = (await handle?.stat())?.size ?? 0;
      if (handle !== null && size > read) {
        for await (const block of blocks(handle, read, size)) {
          splitter.push(block);
          read += block.length;
        }
      }
    } finally {
      await handle?.close();
    }
    yield* found;
    found = [];
    await pause(lookAgainMs, undefined, { signal }).catch(() => undefined);
  }
}
