import { exitCodes, TillError } from '#text/till-error.ts';
import type { LedgerEntry } from '../entry.ts';
import type { Ledger } from '../ledger.ts';
import { checkpointText, originOf } from '../verifier/checkpoint.ts';
import { type HeldNote, noEvidence } from '../verifier/evidence.ts';
import { LineSplitter } from '../verifier/lines.ts';
import { verifyLog } from '../verifier/verify-log.ts';
import { Walk, type WalkReport } from '../verifier/walk.ts';
import { keepLastSigned, type LastSigned, readLastSigned } from './last-signed.ts';
import { type Signer, signedNote } from './signer.ts';

export interface MakingCheckpoint {
  readonly ledger: Ledger;
  readonly estateId: string;
  readonly signer: Signer;
  /** Where the last one that was signed is kept. */
  readonly folder: string;
  readonly now: number;
  /** What anchors hold, asked only where nothing was signed from here before. */
  readonly heldOutside: () => Promise<readonly HeldNote[]>;
}

export interface Made {
  readonly origin: string;
  readonly size: number;
  readonly note: string;
  readonly at: number;
  readonly isHeartbeat: boolean;
}

/**
 * Signs the ledger as it is now. Never one that does not begin with what was signed before (C2SP tlog-checkpoint.md): it goes on
 * from the tree of the last one, or, where this is the first from here, from one that fits all that anchors hold.
 */
export async function makeCheckpoint(making: MakingCheckpoint): Promise<Made> {
  const { estateId, signer, folder, now } = making;
  const last = readLastSigned(folder);
  const state = await making.ledger.state();
  const epoch = [...state.epochs.values()].reduce((newest, { seq }) => Math.max(newest, seq), 0);
  const origin = originOf(estateId, epoch === 0 ? null : epoch);
  const goesOn = last !== null && last.origin === origin;
  const report = goesOn ? await from(last, making) : await fromTheStart(making);
  const { tree } = report;
  if (tree === null || report.last.seq === 0) {
    throw empty();
  }
  const text = checkpointText({ origin, size: tree.size, root: tree.root() });
  const made: Made = {
    ...{ origin, size: tree.size, note: signedNote(text, signer), at: now },
    isHeartbeat: goesOn && last.size === tree.size,
  };
  keepLastSigned(folder, {
    ...{ origin, size: made.size, note: made.note, at: now, hash: report.last.hash },
    offset: (goesOn ? last.offset : 0) + report.bytes,
    subtrees: tree.subtrees.map((hash) => hash.toString('hex')),
  });
  return made;
}

/** Only what is new, on top of what was signed: an entry that names another predecessor does not follow from it. */
async function from(last: LastSigned, { ledger, estateId }: MakingCheckpoint): Promise<WalkReport> {
  const subtrees = last.subtrees.map((hash) => Buffer.from(hash, 'hex'));
  const walk = new Walk({ start: { seq: last.size, hash: last.hash, subtrees } });
  const splitter = new LineSplitter((line, offset) => walk.line(line, offset));
  for await (const chunk of ledger.bytes({ seq: last.size, hash: last.hash, offset: last.offset })) {
    splitter.push(chunk);
  }
  // A line without its end is being written: the next checkpoint has it.
  const report = walk.end(Buffer.alloc(0), splitter.offset);
  const [found] = report.findings.filter(({ fault }) => fault !== 'ghost');
  if (found !== undefined) {
    throw inconsistent(found.message, last, estateId);
  }
  return report;
}

async function fromTheStart({ ledger, estateId, heldOutside }: MakingCheckpoint): Promise<WalkReport> {
  const notes = await heldOutside();
  const { report, verdict } = await verifyLog({
    ...{ chunks: () => ledger.bytes(null), estateId, chain: false, store: 'this ledger' },
    evidence: { ...noEvidence, notes },
  });
  const [found] = verdict.findings.filter(
    ({ fault }) => fault !== 'ghost' && fault !== 'key-epoch' && fault !== 'torn' && fault !== 'epoch',
  );
  if (found !== undefined) {
    throw inconsistent(found.message, null, estateId);
  }
  return report;
}

function inconsistent(why: string, last: LastSigned | null, target: string): TillError {
  const signed = last === null ? '' : `; entry ${last.size} was signed last`;
  return new TillError(`no checkpoint was signed: ${why}${signed}`, {
    exit: exitCodes.refused,
    reason: 'checkpoint-inconsistent',
    target,
    next: 'see `till audit verify`: the ledger is not what was signed before. After a restore two people acknowledge the break first',
  });
}

function empty(): TillError {
  return new TillError('there is no entry to make a checkpoint of', {
    exit: exitCodes.refused,
    reason: 'ledger-empty',
    next: 'the first action makes the first entry',
  });
}

export interface Rhythm {
  /** Seconds between two checkpoints while entries come. */
  readonly every: number;
  /** Seconds between two while none come. */
  readonly heartbeat: number;
}

const keepingAtOnce = new Set(['key', 'epoch', 'epoch-acknowledge', 'prune']);

/** Break-glass, and what changes who may do what: nobody may take it back in the minute before the next checkpoint. */
export function isAnchoredAtOnce({ kind, phase, params }: Pick<LedgerEntry, 'kind' | 'phase' | 'params'>): boolean {
  return (
    kind === 'policy' ||
    (kind === 'grant' && params['form'] === 'break-glass') ||
    (kind === 'ledger' && keepingAtOnce.has(phase))
  );
}

/** Why a checkpoint is due; null when none is. */
export function checkpointDue(
  last: { readonly size: number; readonly at: number } | null,
  head: { readonly seq: number; readonly isAnchoredAtOnce: boolean },
  now: number,
  { every, heartbeat }: Rhythm,
): 'first' | 'entries' | 'at-once' | 'heartbeat' | null {
  if (head.seq === 0) {
    return null;
  }
  if (last === null) {
    return 'first';
  }
  const seconds = (now - last.at) / 1_000;
  if (head.seq > last.size) {
    return head.isAnchoredAtOnce ? 'at-once' : seconds >= every ? 'entries' : null;
  }
  return seconds >= heartbeat ? 'heartbeat' : null;
}
