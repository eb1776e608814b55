import { type ExitCode, exitCodes, TillError } from '#text/till-error.ts';
import { blocks, close, type Descriptor, openToRead, sizeOf } from './disk.ts';
import type { LedgerEntry } from './entry.ts';
import type { Remembered } from './remembered.ts';
import { type Evidence, noEvidence } from './verifier/evidence.ts';
import type { Finding } from './verifier/findings.ts';
import { exitOf, type Reason, type Verdict } from './verifier/verdict.ts';
import { type Chunks, type Verified, verifyLog } from './verifier/verify-log.ts';
import type { WalkReport } from './verifier/walk.ts';

/**
 * What `till audit verify` says of either store. The judging is the verifier's own (./verifier/), the same that an auditor runs
 * without till; a store adds what it alone knows: the end that this user remembers, the head that a table names.
 */
export type VerifyReason = Reason;
export const verifyExit: Readonly<Record<VerifyReason, ExitCode>> = exitOf;

export interface Verification extends Verdict {
  /** Entries with which somebody went on after the ledger had not held. */
  readonly acknowledged: readonly LedgerEntry[];
}

export interface VerifyOptions {
  /** The bare chain, whatever there is outside. */
  readonly chain?: boolean;
  /** What was held outside; without it nothing is `verified`. */
  readonly evidence?: Evidence;
}

export interface StoredLedger extends VerifyOptions {
  /** The bytes of the ledger, a line break after each entry. Called again where the chain does not begin with its first entry. */
  readonly chunks: () => Chunks;
  readonly estateId: string;
  /** Entries that were acknowledged once. */
  readonly remembered?: readonly Remembered[];
  /** The store's own word on the chain's end, asked before and after: entries may come meanwhile. */
  readonly head?: () => Promise<Remembered | null>;
  /** Faults that only the store can see. */
  readonly own?: readonly Finding[];
  /** What the newest entries rest on: `this database`. */
  readonly store: string;
}

export async function verifyStored(ledger: StoredLedger): Promise<Verification> {
  const { remembered = [], own = [], chain = false, evidence = noEvidence } = ledger;
  const before = (await ledger.head?.()) ?? null;
  const seen = new Map(
    [...remembered, ...(before === null ? [] : [before])].map(({ seq }) => [seq, new Set<string>()]),
  );
  let after: Remembered | null = null;
  const verified = await verifyLog({
    ...{ estateId: ledger.estateId, store: ledger.store, chain, evidence },
    chunks: async function* () {
      yield* ledger.chunks();
      after = (await ledger.head?.()) ?? null;
    },
    onLink: ({ seq, hash }) => seen.get(seq)?.add(hash),
    own: (report) => [...forgotten(remembered, seen, report), ...otherHead(before, after, seen, report), ...own],
  });
  return { ...verified.verdict, acknowledged: acknowledgedIn(verified) };
}

export function verifyFile(
  options: VerifyOptions & {
    /** Null when there is no file. */
    readonly file: Descriptor | null;
    readonly size: number;
    readonly estateId: string;
    readonly remembered: readonly Remembered[];
  },
): Promise<Verification> {
  const { file, size } = options;
  return verifyStored({ ...options, chunks: () => blocks(file, 0, size), store: 'this file' });
}

/** A copy or an export of a ledger, in a file. */
export async function verifyOf(
  path: string,
  options: VerifyOptions & { readonly estateId: string },
): Promise<Verification> {
  const file = openToRead(path);
  if (file === null) {
    throw new TillError('there is no such file', { exit: exitCodes.usage, reason: 'no-such-file', target: path });
  }
  try {
    return await verifyFile({ ...options, file, size: sizeOf(file), remembered: [] });
  } finally {
    close(file);
  }
}

/** What this user remembers and the chain no longer shows. */
function forgotten(
  remembered: readonly Remembered[],
  seen: ReadonlyMap<number, ReadonlySet<string>>,
  { last, entries, bytes }: WalkReport,
): readonly Finding[] {
  const gone = remembered.filter(({ seq, hash }) => !seen.get(seq)?.has(hash));
  return gone.map(({ seq }) => {
    const place = { seq, line: entries + 1, offset: bytes };
    return (seen.get(seq)?.size ?? 0) === 0
      ? { ...place, fault: 'cut', message: `entry ${seq} was here and is gone; the chain ends at entry ${last.seq}` }
      : { ...place, fault: 'rewritten', message: `entry ${seq} is another one than this user last saw` };
  });
}

/** The store's own word on the chain's end does not fit the chain, whether entries came meanwhile or not. */
function otherHead(
  before: Remembered | null,
  after: Remembered | null,
  seen: ReadonlyMap<number, ReadonlySet<string>>,
  { last, entries, bytes }: WalkReport,
): readonly Finding[] {
  if (before === null || after === null) {
    return [];
  }
  const isThere = before.seq === 0 || seen.get(before.seq)?.has(before.hash) === true;
  const isEmpty = after.seq === 0 && entries === 0;
  const isReached = isEmpty || after.seq > last.seq || (after.seq === last.seq && after.hash === last.hash);
  if (isThere && isReached) {
    return [];
  }
  const { seq } = isThere ? after : before;
  const message =
    seq === last.seq
      ? `the store says that entry ${seq} ends the chain, and means another one`
      : `the store says that entry ${seq} ends the chain, which ends at entry ${last.seq}`;
  return [{ fault: 'head', seq: Math.max(1, Math.min(seq, last.seq + 1)), line: entries + 1, offset: bytes, message }];
}

function acknowledgedIn({ acknowledged }: Verified): readonly LedgerEntry[] {
  // Let in by the schema when they were written, and their hashes fit: what stands there is an entry.
  return acknowledged.map(({ seq, hash, fields }) => ({ seq, ...fields, hash }) as unknown as LedgerEntry);
}
