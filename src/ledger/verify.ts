import { type ExitCode, exitCodes } from '#text/till-error.ts';
import { hashOf, linkOf } from './chain.ts';
import { blocks, type Descriptor } from './disk.ts';
import type { LedgerEntry } from './entry.ts';
import { entryIn } from './read-entry.ts';
import type { Remembered } from './remembered.ts';
import { type ChainReport, type Finding, unproven, verifyChain } from './verify-chain.ts';

/**
 * The verdict in one word. Missing evidence is never a pass (design §5): a chain that holds is `unanchored` until a
 * checkpoint outside vouches for it, unless `--chain` asked for the bare chain.
 */
export type VerifyReason =
  | 'verified'
  | 'chain-holds'
  | 'tampered'
  | 'torn'
  | 'unanchored'
  | 'stale-tail'
  | 'empty'
  | 'anchor-unreachable';

export const verifyExit: Readonly<Record<VerifyReason, ExitCode>> = {
  verified: exitCodes.ok,
  'chain-holds': exitCodes.ok,
  tampered: exitCodes.checkFalse,
  torn: exitCodes.checkFalse,
  unanchored: exitCodes.checkFalse,
  'stale-tail': exitCodes.checkFalse,
  empty: exitCodes.checkFalse,
  'anchor-unreachable': exitCodes.unreachable,
};

export interface Verification {
  readonly reason: VerifyReason;
  readonly exit: ExitCode;
  readonly message: string;
  /** What to do next; null when there is nothing to do. */
  readonly next: string | null;
  readonly entries: number;
  readonly firstBad: number | null;
  /** The last entry before the first fault; null when the fault is in the first. */
  readonly lastGood: number | null;
  readonly head: { readonly seq: number; readonly hash: string } | null;
  readonly findings: readonly LedgerFinding[];
  readonly findingsCount: number;
  /** Entries with which somebody went on after the ledger had not held. */
  readonly acknowledged: readonly LedgerEntry[];
  /** What this verdict does not say, however it turned out. */
  readonly unproven: readonly string[];
}

/** `cut`, `rewritten`: sound as a chain, and not the one that this user remembers. */
export interface LedgerFinding extends Omit<Finding, 'fault'> {
  readonly fault: Finding['fault'] | 'cut' | 'rewritten';
}

export async function verifyFile(options: {
  /** Null when there is no file. */
  readonly file: Descriptor | null;
  readonly size: number;
  readonly estateId: string;
  /** Entries that were acknowledged once. */
  readonly remembered: readonly Remembered[];
  readonly chain: boolean;
}): Promise<Verification> {
  const { file, size, estateId, remembered, chain } = options;
  const acknowledged: LedgerEntry[] = [];
  const seen = new Map(remembered.map(({ seq }) => [seq, new Set<string>()]));
  const report = await verifyChain(blocks(file, 0, size), {
    isGenesis: (line) => isGenesisOf(estateId, line),
    onEntry: (link, line) => {
      seen.get(link.seq)?.add(link.hash);
      if (line.includes('"phase":"acknowledged"') && hashOf(line) === link.hash) {
        acknowledged.push(...[entryIn(line, link)].filter(({ kind }) => kind === 'ledger'));
      }
    },
  });
  return { ...verdict(report, forgotten(remembered, seen, report, size), chain), acknowledged };
}

function isGenesisOf(estateId: string, line: Buffer): boolean {
  const link = linkOf(line);
  if (link === null || hashOf(line) !== link.hash) {
    // Reported as what it is: an edited entry, not another estate's.
    return true;
  }
  const { kind, phase, params } = entryIn(line, link);
  return kind === 'ledger' && phase === 'genesis' && params['estate'] === estateId;
}

/** What this user remembers and the chain no longer shows. */
function forgotten(
  remembered: readonly Remembered[],
  seen: ReadonlyMap<number, ReadonlySet<string>>,
  { last, entries }: ChainReport,
  size: number,
): readonly LedgerFinding[] {
  const gone = remembered.filter(({ seq, hash }) => !seen.get(seq)?.has(hash));
  return gone.map(({ seq }) => {
    const place = { seq, line: entries + 1, offset: size };
    return (seen.get(seq)?.size ?? 0) === 0
      ? { ...place, fault: 'cut', message: `entry ${seq} was here and is gone; the chain ends at entry ${last.seq}` }
      : { ...place, fault: 'rewritten', message: `entry ${seq} is another one than this user last saw` };
  });
}

function verdict(
  report: ChainReport,
  memory: readonly LedgerFinding[],
  chain: boolean,
): Omit<Verification, 'acknowledged'> {
  const { entries, last } = report;
  const findings = [...report.findings, ...memory];
  const [first] = findings;
  const reason = reasonOf(entries, findings, chain);
  const count = report.findingsCount + memory.length;
  return {
    reason,
    exit: verifyExit[reason],
    ...wordsFor(reason, first, entries, count),
    entries,
    firstBad: first?.seq ?? null,
    lastGood: first === undefined ? lastOf(last.seq) : lastOf(first.seq - 1),
    head: entries === 0 ? null : last,
    findings,
    findingsCount: count,
    unproven,
  };
}

function reasonOf(entries: number, findings: readonly LedgerFinding[], chain: boolean): VerifyReason {
  if (findings.some(({ fault }) => fault !== 'torn')) {
    return 'tampered';
  }
  if (findings.length > 0) {
    return 'torn';
  }
  if (entries === 0) {
    return 'empty';
  }
  return chain ? 'chain-holds' : 'unanchored';
}

function wordsFor(
  reason: VerifyReason,
  first: LedgerFinding | undefined,
  entries: number,
  count: number,
): { message: string; next: string | null } {
  switch (reason) {
    case 'tampered':
      return {
        message: `${first?.message ?? 'the chain does not hold'}${count > 1 ? `, and ${count - 1} more` : ''}`,
        next: 'keep the file as evidence, compare it with a backup, and find out who could write it',
      };
    case 'torn':
      return {
        message: first?.message ?? 'the last line has no end',
        next: 'a crash in the middle of a write leaves this; the next action sets it aside and records it',
      };
    case 'empty':
      return { message: 'there is no entry to verify', next: 'nothing has been recorded for this estate here' };
    case 'unanchored':
      return {
        message: `the chain of ${entries} entries holds, but nothing outside vouches for it`,
        next: '`--chain` checks the bare chain; a checkpoint held by somebody else proves more',
      };
    default:
      return { message: `the chain of ${entries} entries holds`, next: null };
  }
}

function lastOf(seq: number): number | null {
  return seq > 0 ? seq : null;
}
