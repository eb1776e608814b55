import type { Evidence } from './evidence.ts';
import type { Fault, Finding, Remark } from './findings.ts';
import { gapsIn } from './gaps.ts';
import { type Anchored, judgeNotes } from './judge-notes.ts';
import type { Entry } from './line.ts';
import type { WalkReport } from './walk.ts';
import { counted, spanWords } from './words.ts';

/**
 * The verdict in one word. Missing evidence is never a pass (design §5): a chain that holds is `unanchored` until a
 * checkpoint from outside vouches for it, unless the bare chain was asked for.
 */
export type Reason =
  | 'verified'
  | 'chain-holds'
  | 'tampered'
  | 'torn'
  | 'epoch-break'
  | 'ghost'
  | 'key-epoch'
  | 'unanchored'
  | 'stale-tail'
  | 'empty'
  | 'anchor-unreachable';

/** 0 it is verified; 3 it is not, and the reason says why; 7 what should vouch for it gave no answer. */
export const exitOf: Readonly<Record<Reason, 0 | 3 | 7>> = {
  verified: 0,
  'chain-holds': 0,
  tampered: 3,
  torn: 3,
  'epoch-break': 3,
  ghost: 3,
  'key-epoch': 3,
  unanchored: 3,
  'stale-tail': 3,
  empty: 3,
  'anchor-unreachable': 7,
};

/** What comes after the last checkpoint. */
export interface Tail {
  readonly entries: number;
  /** Since the first of them was recorded. */
  readonly seconds: number | null;
}

export interface Verdict {
  readonly reason: Reason;
  readonly exit: 0 | 3 | 7;
  readonly message: string;
  /** What to do next; null when there is nothing to do. */
  readonly next: string | null;
  readonly entries: number;
  readonly firstBad: number | null;
  /** The last entry before the first fault; null when the fault is in the first. */
  readonly lastGood: number | null;
  readonly head: { readonly seq: number; readonly hash: string } | null;
  readonly findings: readonly Finding[];
  readonly findingsCount: number;
  readonly remarks: readonly Remark[];
  readonly remarksCount: number;
  /** The checkpoint that reaches furthest, and fits. */
  readonly anchored: Anchored | null;
  /** Null where no checkpoint was asked for. */
  readonly tail: Tail | null;
  readonly unreachable: Evidence['unreachable'];
  /** What this verdict does not say, however it turned out. */
  readonly unproven: readonly string[];
}

export interface Case {
  readonly report: WalkReport;
  readonly begin: number;
  readonly estateId: string;
  readonly chain: boolean;
  readonly evidence: Evidence;
  /** What the store knows beside the chain and does not find in it. */
  readonly own: readonly Finding[];
  readonly remarks: readonly Remark[];
  /** What the entries rest on: `this database`, `this file`. */
  readonly store: string;
}

export function verdictOn(given: Case): Verdict {
  const { report, begin, estateId, chain, evidence, own } = given;
  const { entries, last } = report;
  const notes = chain ? null : judgeNotes(report, begin, estateId, evidence);
  const gaps = chain ? null : gapsIn(evidence, report);
  const findings = [...report.findings, ...own, ...(notes?.findings ?? []), ...(gaps?.findings ?? [])];
  const remarks = [...given.remarks, ...report.remarks, ...(notes?.remarks ?? []), ...(gaps?.remarks ?? [])];
  const anchored = notes?.anchored ?? null;
  const tail = chain ? null : tailAfter(anchored, given);
  const reason = reasonFor(findings, anchored, tail, given);
  const [first] = findings;
  const findingsCount = findings.length - report.findings.length + report.findingsCount;
  const good = Math.min(first?.after ?? (first?.seq ?? 1) - 1, last.seq);
  return {
    reason,
    exit: exitOf[reason],
    ...wordsFor(reason, findings, findingsCount, anchored, tail, given),
    entries,
    firstBad: first?.seq ?? null,
    lastGood: first === undefined ? positive(last.seq) : positive(good),
    head: entries === 0 ? null : { seq: last.seq, hash: last.hash },
    findings,
    findingsCount,
    remarks,
    remarksCount: remarks.length - report.remarks.length + report.remarksCount,
    anchored,
    tail,
    unreachable: chain ? [] : evidence.unreachable,
    unproven: unprovenBy(anchored, tail),
  };
}

const ofTheChain = new Set<Fault>([
  'content',
  'form',
  'gap',
  'order',
  'link',
  'genesis',
  'cut',
  'truncated',
  'rewritten',
  'head',
  'drift',
]);

function reasonFor(
  findings: readonly Finding[],
  anchored: Anchored | null,
  tail: Tail | null,
  { report, chain, evidence }: Case,
): Reason {
  const has = (fault: Fault) => findings.some((found) => found.fault === fault);
  if (findings.some(({ fault }) => ofTheChain.has(fault))) {
    return 'tampered';
  }
  if (has('torn')) {
    return 'torn';
  }
  if (has('ghost')) {
    return 'ghost';
  }
  if (report.entries === 0) {
    return 'empty';
  }
  if (chain) {
    return 'chain-holds';
  }
  if (has('epoch')) {
    return 'epoch-break';
  }
  if (has('key-epoch')) {
    return 'key-epoch';
  }
  if (anchored === null) {
    return evidence.unreachable.length > 0 ? 'anchor-unreachable' : 'unanchored';
  }
  if (has('anchor-gap')) {
    return 'unanchored';
  }
  return (tail?.seconds ?? 0) > evidence.allowedTail ? 'stale-tail' : 'verified';
}

function tailAfter(anchored: Anchored | null, { report, evidence, begin }: Case): Tail {
  const { seq, at } = report.last;
  const entries = seq - (anchored?.seq ?? begin);
  const from = Date.parse(report.marks.get((anchored?.seq ?? -1) + 1)?.at ?? '');
  const until = evidence.now ?? Date.parse(at);
  const seconds = entries > 0 && Number.isFinite(until - from) ? Math.max(0, Math.round((until - from) / 1_000)) : null;
  return { entries, seconds };
}

function wordsFor(
  reason: Reason,
  findings: readonly Finding[],
  count: number,
  anchored: Anchored | null,
  tail: Tail | null,
  { report: { entries }, evidence, store }: Case,
): { readonly message: string; readonly next: string | null } {
  const first = (fault: Fault) => findings.find((found) => found.fault === fault)?.message;
  const [any] = findings;
  const rest = tailWords(tail, store);
  switch (reason) {
    case 'tampered':
      return {
        message: `${any?.message ?? 'the chain does not hold'}${count > 1 ? `, and ${count - 1} more` : ''}`,
        next: 'keep the file as evidence, compare it with a backup, and find out who could write it',
      };
    case 'torn':
      return {
        message: any?.message ?? 'the last line has no end',
        next: 'a crash in the middle of a write leaves this; the next action sets it aside and records it',
      };
    case 'ghost':
      return {
        message: first('ghost') ?? 'an operation ended that never began',
        next: 'find out who recorded an end without a beginning: `till audit show` prints the entry',
      };
    case 'epoch-break':
      return {
        message: first('epoch') ?? 'the record broke',
        next: 'two people acknowledge it with `till ledger epoch acknowledge`; until then nothing is elevated',
      };
    case 'key-epoch':
      return {
        message: first('key-epoch') ?? 'a checkpoint was signed by a key that nobody knows',
        next: '`till ledger key list` shows whose keys are known and when they may sign',
      };
    case 'empty':
      return { message: 'there is no entry to verify', next: 'nothing has been recorded for this estate here' };
    case 'unanchored':
      return {
        message: first('anchor-gap') ?? `the chain of ${entries} entries holds, but nothing outside vouches for it`,
        next:
          anchored === null
            ? '`--chain` checks the bare chain; a checkpoint held by somebody else proves more'
            : 'find out why no checkpoint was made; once it is known, `--since` looks at what came after',
      };
    case 'anchor-unreachable':
      return {
        message: evidence.unreachable.map(({ anchor, message }) => `${anchor}: ${message}`).join('; '),
        next: 'nothing was found wrong, and nothing outside could be asked; try again, or name another anchor',
      };
    case 'stale-tail':
      return {
        message: `${rest}; ${spanWords(evidence.allowedTail)} are allowed`,
        next: 'make a checkpoint with `till ledger checkpoint`, and find out why none was made',
      };
    case 'verified':
      return {
        message: `${counted(entries, 'entry holds', 'entries hold')}, as ${anchored?.anchor} vouches up to entry ${anchored?.seq}; ${rest}`,
        next: null,
      };
    default:
      return { message: `the chain of ${entries} entries holds`, next: null };
  }
}

function tailWords(tail: Tail | null, store: string): string {
  if (tail === null || tail.entries === 0) {
    return 'nothing came after';
  }
  const age = tail.seconds === null ? '' : ` (${spanWords(tail.seconds)})`;
  return tail.entries === 1
    ? `the last entry${age} rests on ${store} alone`
    : `the last ${tail.entries} entries${age} rest on ${store} alone`;
}

/** What nobody can learn from a chain alone; said beside every verdict on one (facts: access-audit.md §2.7). */
const ofBareChains: readonly string[] = [
  'whether entries were cut off the end: a shorter chain is a sound chain',
  'whether the whole chain was written anew by somebody who could write the file',
  'whether what an entry says is true',
];

function unprovenBy(anchored: Anchored | null, tail: Tail | null): readonly string[] {
  if (anchored === null) {
    return ofBareChains;
  }
  const after =
    tail === null || tail.entries === 0 ? [] : [`whether entries after ${anchored.seq} were changed or cut off`];
  return [...after, 'whether what an entry says is true'];
}

const positive = (seq: number) => (seq > 0 ? seq : null);

/** Entries with which somebody went on after the ledger had not held. */
export function acknowledgedIn(keeping: readonly Entry[]): readonly Entry[] {
  return keeping.filter(({ kind, phase }) => kind === 'ledger' && phase === 'acknowledged');
}
