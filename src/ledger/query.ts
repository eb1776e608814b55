import { setTimeout as pause } from 'node:timers/promises';
import { matchesGlob } from '#text/glob.ts';
import { hashOf, linkOf } from './chain.ts';
import { blocks, bytesAt, close, type Descriptor, sizeOf } from './disk.ts';
import { type Kind, type LedgerEntry, limits, whoOf } from './entry.ts';
import { entryIn } from './read-entry.ts';
import { LineSplitter } from './verifier/lines.ts';

/** Every field given must match; `tenant`, `actor` and `action` may be globs. Instants are epoch milliseconds. */
export interface Filter {
  readonly tenant?: string;
  /** The user that the system vouches for, or the person claimed. */
  readonly actor?: string;
  readonly action?: string;
  readonly incident?: string;
  readonly operation?: string;
  readonly bulk?: string;
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
  const { tenant, actor, action, incident, operation, bulk, kind, phase, since, until, fromSeq, toSeq } = filter;
  const at = Date.parse(entry.at);
  return (
    (tenant === undefined || tenantsOf(entry).some((name) => matchesGlob(tenant, name))) &&
    (actor === undefined || actorsOf(entry).some((name) => matchesGlob(actor, name))) &&
    (action === undefined || (entry.action !== null && matchesGlob(action, entry.action))) &&
    (incident === undefined || entry.incident === incident) &&
    (operation === undefined || entry.operation === operation) &&
    (bulk === undefined || entry.bulk === bulk) &&
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
  return [whoOf(asserted), ...(claimed.person === null ? [] : [claimed.person])];
}

/** Texts that a matching line must contain: most lines can be passed over without parsing them. */
function needlesOf({ incident, operation, bulk }: Filter): readonly string[] {
  return [incident, operation, bulk].filter((needle) => needle !== undefined);
}

export interface ReadOptions {
  /** Told of each line that is no entry (null) or not what was written: such a line is never shown as one. */
  readonly onUnsound?: (seq: number | null) => void;
}

/** What a reader is shown of a line: the entry, when it is sound and matches. */
function reader(filter: Filter, { onUnsound }: ReadOptions): (line: Buffer) => LedgerEntry | null {
  const { fromSeq = 0, toSeq = Number.MAX_SAFE_INTEGER } = filter;
  const needles = needlesOf(filter);
  return (line) => {
    const link = linkOf(line);
    if (link === null) {
      onUnsound?.(null);
      return null;
    }
    if (link.seq < fromSeq || link.seq > toSeq || needles.some((needle) => !line.includes(needle))) {
      return null;
    }
    if (hashOf(line) !== link.hash) {
      onUnsound?.(link.seq);
      return null;
    }
    const entry = entryIn(line, link);
    return matches(filter, entry) ? entry : null;
  };
}

/** Matching entries of a file, oldest first. */
export async function* oldestFirst(
  file: Descriptor,
  filter: Filter,
  options: ReadOptions,
): AsyncGenerator<LedgerEntry> {
  const read = reader(filter, options);
  let found: LedgerEntry[] = [];
  let left = filter.limit ?? Number.POSITIVE_INFINITY;
  const splitter = new LineSplitter((line) => {
    found.push(...[read(line)].filter((entry) => entry !== null));
  });
  for await (const block of blocks(file, 0, sizeOf(file))) {
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

/** Matching entries of a file, newest first, without reading what is older than needed. */
export function* newestFirst(file: Descriptor, filter: Filter, options: ReadOptions): Generator<LedgerEntry> {
  const read = reader(filter, options);
  let left = filter.limit ?? Number.POSITIVE_INFINITY;
  for (const line of linesBackwards(file, sizeOf(file))) {
    // Places only fall from here.
    if (left <= 0 || (linkOf(line)?.seq ?? Number.POSITIVE_INFINITY) < (filter.fromSeq ?? 0)) {
      return;
    }
    const entry = read(line);
    if (entry !== null) {
      left -= 1;
      yield entry;
    }
  }
}

const backBytes = 64 * 1024;

/** Whole lines from the last to the first; what follows the last line break is left out. */
function* linesBackwards(file: Descriptor, end: number): Generator<Buffer> {
  let parts: Buffer[] = [];
  let isWhole = false;
  for (let stop = end; stop > 0; ) {
    const start = Math.max(0, stop - backBytes);
    const bytes = bytesAt(file, start, stop);
    let upTo = bytes.length;
    while (upTo > 0) {
      const at = bytes.lastIndexOf('\n', upTo - 1);
      if (at === -1) {
        break;
      }
      if (isWhole) {
        yield Buffer.concat([bytes.subarray(at + 1, upTo), ...parts]);
      }
      isWhole = true;
      parts = [];
      upTo = at;
    }
    parts = [bytes.subarray(0, upTo), ...parts];
    stop = start;
  }
  if (isWhole) {
    yield Buffer.concat(parts);
  }
}

const lookAgainMs = 250;

/**
 * What is appended from now on, and with `fromSeq` what is there from that one on, until the signal. Looks again and again:
 * file events are lost on some systems.
 */
export async function* followed(
  open: () => Descriptor | null,
  filter: Filter,
  options: ReadOptions & { readonly signal: AbortSignal },
): AsyncGenerator<LedgerEntry> {
  const { signal } = options;
  const read = reader(filter, options);
  let found: LedgerEntry[] = [];
  let place = startOf(open, filter.fromSeq);
  const splitter = new LineSplitter((line) => {
    found.push(...[read(line)].filter((entry) => entry !== null));
  }, place);
  while (!signal.aborted) {
    const file = open();
    try {
      for await (const block of blocks(file, place, sizeOf(file))) {
        splitter.push(block);
        place += block.length;
      }
    } finally {
      close(file);
    }
    yield* found;
    found = [];
    await pause(lookAgainMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Where the first line from `fromSeq` on begins; else the end of the last whole line: the next may be half written. */
function startOf(open: () => Descriptor | null, fromSeq: number | undefined): number {
  const file = open();
  if (file === null) {
    return 0;
  }
  try {
    const size = sizeOf(file);
    const tail = Math.max(0, size - longestLine);
    let place = tail + bytesAt(file, tail, size).lastIndexOf('\n') + 1;
    if (fromSeq === undefined) {
      return place;
    }
    for (const line of linesBackwards(file, place)) {
      if ((linkOf(line)?.seq ?? fromSeq) < fromSeq) {
        break;
      }
      place -= line.length + 1;
    }
    return place;
  } finally {
    close(file);
  }
}

/** An entry and its seal. */
const longestLine = limits.entry + 1_024;
