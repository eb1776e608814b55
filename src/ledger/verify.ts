import type { ExitCode } from '#text/till-error.ts';
import { noHash } from './chain.ts';
import { blocks, type Descriptor } from './disk.ts';
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
  /** The store's own word on the chain's end; null where it keeps none. */
  readonly head?: Remembered | null;
  /** Faults that only the store can see. */
  readonly own?: readonly Finding[];
  /** What the newest entries rest on: `this database`. */
  readonly store: string;
}

export async function verifyStored(ledger: StoredLedger): Promise<Verification> {
  const { remembered = [], head = null, own = [], chain = false, evidence = noEvidence } = ledger;
  const seen = new Map(remembered.map(({ seq }) => [seq, new Set<string>()]));
  const verified = await verifyLog({
    ...{ chunks: ledger.chunks, estateId: ledger.estateId, store: ledger.store, chain, evidence },
    onLink: ({ seq, hash }) => seen.get(seq)?.add(hash),
    own: (report) => [...forgotten(remembered, seen, report), ...otherHead(head, report), ...own],
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

/** The row that names the chain's end names another one. */
function otherHead(head: Remembered | null, { last, entries, bytes }: WalkReport): readonly Finding[] {
  const isEmpty = entries === 0 && head?.seq === 0;
  if (head === null || isEmpty || (head.seq === last.seq && head.hash === (entries === 0 ? noHash : last.hash))) {
    return [];
  }
  const message =
    head.seq === last.seq
      ? `the store says that entry ${head.seq} ends the chain, and means another one`
      : `the store says that entry ${head.seq} ends the chain, which ends at entry ${last.seq}`;
  return [
    { fault: 'head', seq: Math.max(1, Math.min(head.seq, last.seq + 1)), line: entries + 1, offset: bytes, message },
  ];
}

function acknowledgedIn({ acknowledged }: Verified): readonly LedgerEntry[] {
  // Let in by the schema when they were written, and their hashes fit: what stands there is an entry.
  return acknowledged.map(({ seq, hash, fields }) => ({ seq, ...fields, hash }) as unknown as LedgerEntry);
}
