import { hash as sha } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { exitCodes, TillError } from '#text/till-error.ts';
import { personOf } from './access/people.ts';
import { type LedgerEntry, whoOf } from './entry.ts';
import { NewFile } from './export/sink.ts';
import type { Ledger } from './ledger.ts';
import { archived } from './prune-archive.ts';
import { type Facts, linkOf, readFacts } from './verifier/line.ts';
import { LineSplitter } from './verifier/lines.ts';
import { Tree } from './verifier/merkle.ts';
import { startOf } from './verifier/verify-log.ts';

/** Auditors ask for twelve months; one more, so that none is ever short (facts: access-audit.md §6.4). */
export const leastMonths = 13;

/** Entries that would be taken out: all from the first that is here up to this one. */
export interface PruneSpan {
  readonly first: number;
  readonly upTo: number;
  readonly hash: string;
  readonly root: string;
  /** Roots of the tree's complete subtrees at `upTo`, the largest first. */
  readonly range: readonly string[];
  readonly lastAt: string;
}

/** The latest instant before which entries may be taken out. */
export function keptSince(now: number, months: number): number {
  const day = new Date(now);
  const kept = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() - Math.max(months, leastMonths), 1));
  const daysThen = new Date(Date.UTC(kept.getUTCFullYear(), kept.getUTCMonth() + 1, 0)).getUTCDate();
  // The 31st of a month that has thirty days is its last.
  kept.setUTCDate(Math.min(day.getUTCDate(), daysThen));
  return kept.getTime() + (now % 86_400_000);
}

/** What lies before an instant. Throws a TillError when there is nothing, or it is too young. */
export async function spanBefore(ledger: Ledger, before: number, months: number): Promise<PruneSpan> {
  const { now } = await ledger.presence();
  const latest = keptSince(now, months);
  if (before > latest) {
    throw new TillError(`entries are kept for ${Math.max(months, leastMonths)} months`, {
      ...{ exit: exitCodes.refused, reason: 'too-young', target: iso(before) },
      next: `--before ${iso(latest)} is the latest that is possible today`,
    });
  }
  return entriesBefore(ledger, before);
}

/** The same, however young. */
export async function entriesBefore(ledger: Pick<Ledger, 'bytes'>, before: number): Promise<PruneSpan> {
  const { start } = await startOf({ chunks: () => ledger.bytes(null) });
  const tree = new Tree(start.seq, start.subtrees ?? []);
  const facts: Facts = { at: '', kind: '', phase: '', operation: '' };
  let last = { seq: start.seq, hash: start.hash, at: '' };
  let isOver = false;
  const splitter = new LineSplitter((line) => {
    const link = isOver ? null : linkOf(line);
    if (link === null) {
      return;
    }
    readFacts(line, facts);
    isOver = Date.parse(facts.at) >= before;
    if (!isOver) {
      tree.append(Buffer.from(link.hash, 'hex'));
      last = { seq: link.seq, hash: link.hash, at: facts.at };
    }
  });
  for await (const chunk of ledger.bytes(null)) {
    splitter.push(chunk);
    if (isOver) {
      break;
    }
  }
  if (last.seq === start.seq) {
    throw new TillError('there is no entry from before then', {
      ...{ exit: exitCodes.usage, reason: 'nothing-to-prune', target: iso(before) },
    });
  }
  return {
    ...{ first: start.seq + 1, upTo: last.seq, hash: last.hash, lastAt: last.at },
    ...{ root: tree.root().toString('hex'), range: tree.subtrees.map((subtree) => subtree.toString('hex')) },
  };
}

export interface Proposal {
  readonly entry: LedgerEntry;
  /** By somebody else than whoever asks; in a ledger of one person there is nobody else. */
  readonly isByAnother: boolean;
}

/** The newest proposal for this very span. */
export async function proposalFor(ledger: Ledger, { upTo, hash }: PruneSpan): Promise<Proposal | null> {
  const { actor } = await ledger.presence();
  const { policy } = await ledger.state();
  const person = ({ asserted }: LedgerEntry['actor']) =>
    (policy === null ? null : personOf(asserted, policy.body)?.name) ?? `${asserted.by} ${whoOf(asserted)}`;
  // A file belongs to one person by what it is (design §5): without a policy nobody else could agree.
  const isAlone = actor.asserted.by === 'os' && policy === null;
  let found: Proposal | null = null;
  for await (const entry of ledger.newest({ kind: 'ledger', phase: 'prune-propose' })) {
    if (entry.params['upTo'] === upTo && entry.params['hash'] === hash) {
      found ??= { entry, isByAnother: isAlone };
      if (person(entry.actor) !== person(actor)) {
        return { entry, isByAnother: true };
      }
    }
  }
  return found;
}

export async function propose(ledger: Ledger, { upTo, hash }: PruneSpan, reason: string): Promise<LedgerEntry> {
  const params = { prune: ledger.newId(), upTo, hash };
  const { entry } = await ledger.append({ kind: 'ledger', phase: 'prune-propose', reason, params });
  return entry;
}

export interface Pruned {
  readonly entry: LedgerEntry;
  readonly archive: string;
  readonly sha256: string;
  readonly removed: number;
}

/**
 * Writes what is taken out to an archive, reads the archive back, records the prune, and only then takes anything out. Whatever
 * dies in between leaves a ledger that holds: with the entries still in it, or with a record of where they are.
 */
export async function prune(ledger: Ledger, span: PruneSpan, archive: string, reason: string): Promise<Pruned> {
  const { exit, message } = await ledger.verify({ chain: true });
  if (exit !== exitCodes.ok) {
    throw new TillError(`nothing was taken out: ${message}`, {
      ...{ exit: exitCodes.refused, reason: 'ledger-broken' },
      next: 'see `till audit verify --chain`; what does not hold is evidence, and stays',
    });
  }
  const path = resolve(archive);
  const file = new NewFile(path);
  try {
    await archived(ledger, span, file);
    file.keep();
  } catch (error) {
    file.drop();
    throw error;
  }
  const sha256 = await readBack(path, span);
  const { upTo, hash, root, range } = span;
  const { entry } = await ledger.append({
    ...{ kind: 'ledger', phase: 'prune', reason },
    params: { upTo, hash, root, range: [...range], archive: path, sha256 },
  });
  return { entry, archive: path, sha256, removed: await ledger.removePruned() };
}

/** What is on disk is what will be gone: every line, in order, up to the very entry. */
async function readBack(path: string, { first, upTo, hash }: PruneSpan): Promise<string> {
  const { createHash } = await import('node:crypto');
  const digest = createHash('sha256');
  let [next, last, isSound] = [first, '', true];
  const splitter = new LineSplitter((line) => {
    const link = linkOf(line);
    isSound &&= link?.seq === next && sha('sha256', line.subarray(0, line.length - sealLength)) === link.hash;
    next += 1;
    last = link?.hash ?? '';
  });
  for await (const piece of createReadStream(path)) {
    digest.update(piece);
    splitter.push(piece);
  }
  if (!isSound || next !== upTo + 1 || last !== hash || splitter.rest.length > 0) {
    throw new TillError('nothing was taken out: the archive is not what was written to it', {
      ...{ exit: exitCodes.failed, reason: 'archive-unsound', target: path },
      next: 'look at that disk, and name another place',
    });
  }
  return digest.digest('hex');
}

/** `,"sha256":"` + 64 + `"}` */
const sealLength = 77;

function iso(at: number): string {
  return new Date(at).toISOString().replace('.000Z', 'Z');
}
