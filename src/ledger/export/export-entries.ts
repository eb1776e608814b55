import type { Ledger } from '../ledger.ts';
import type { Filter } from '../query.ts';
import { grantsKnown } from './grants-known.ts';
import { type LineFormatName, lineFormat, needsGrants } from './line-format.ts';
import { Pieces, type Sink } from './sink.ts';

export interface Asked {
  readonly ledger: Ledger;
  readonly estateId: string;
  readonly filter: Filter;
  /** As it is recorded: the words of the command line. */
  readonly format: string;
}

/** What is going to be handed out, as the ledger has it now: nothing that comes later is in it. */
export interface Announced {
  readonly filter: Filter & { readonly toSeq: number };
  readonly rows: number;
  readonly first: number | null;
  readonly last: number | null;
}

/**
 * Counts what matches and records it, before anything is handed out: what, by which filter, up to which entry, how much. Rejects
 * with a TillError when that could not be recorded; then nothing may be handed out (PCI DSS 10.2.1.3: all access to audit logs).
 */
export async function announced({ ledger, filter, format }: Asked): Promise<Announced> {
  const toSeq = Math.min(filter.toSeq ?? Number.MAX_SAFE_INTEGER, await newestSeq(ledger));
  const bounded = { ...filter, toSeq };
  let rows = 0;
  let first: number | null = null;
  let last: number | null = null;
  for await (const { seq } of ledger.entries(bounded)) {
    rows += 1;
    first ??= seq;
    last = seq;
  }
  const said = Object.fromEntries(Object.entries(bounded).filter(([, value]) => value !== undefined));
  await ledger.append({
    kind: 'ledger',
    phase: 'read',
    params: { what: 'audit export', filter: { ...said, format, rows, first, last } },
  });
  return { filter: bounded, rows, first, last };
}

async function newestSeq(ledger: Ledger): Promise<number> {
  for await (const { seq } of ledger.newest({ limit: 1 })) {
    return seq;
  }
  return 0;
}

export interface Exported {
  readonly rows: number;
  /** Lines that are no entry, or not what was written: they are left out, and whoever exports must be told. */
  readonly unsound: readonly (number | null)[];
  readonly unsoundCount: number;
  /** The reader has gone, or somebody stopped it. */
  readonly isCut: boolean;
}

/** Writes what was announced, an entry at a time: no more of it is in memory than a piece. */
export async function exportEntries(
  { ledger, estateId }: Pick<Asked, 'ledger' | 'estateId'>,
  { filter }: Announced,
  name: LineFormatName,
  sink: Sink,
  signal: AbortSignal,
): Promise<Exported> {
  const grants = needsGrants(name) ? await grantsKnown(ledger, filter.toSeq) : new Map();
  const format = lineFormat(name, { estateId, grants });
  const pieces = new Pieces(sink);
  const unsound: (number | null)[] = [];
  let unsoundCount = 0;
  const onUnsound = (seq: number | null) => {
    unsoundCount += 1;
    if (unsound.length < 10) {
      unsound.push(seq);
    }
  };
  let rows = 0;
  let goesOn = await pieces.add(format.head);
  for await (const entry of ledger.entries(filter, { onUnsound })) {
    if (!goesOn || signal.aborted) {
      break;
    }
    goesOn = await pieces.add(format.line(entry));
    rows += 1;
  }
  goesOn = (await pieces.flush()) && goesOn;
  return { rows, unsound, unsoundCount, isCut: !goesOn || signal.aborted };
}
