import { exitCodes, TillError } from '#text/till-error.ts';
import type { Ledger } from '../ledger.ts';
import { checkpointIn, epochOf } from '../verifier/checkpoint.ts';
import type { HeldNote } from '../verifier/evidence.ts';
import { linkOf } from '../verifier/line.ts';
import { LineSplitter } from '../verifier/lines.ts';
import { Tree } from '../verifier/merkle.ts';
import { noteIn } from '../verifier/note.ts';
import { proofText } from '../verifier/tlog-proof.ts';
import { startOf } from '../verifier/verify-log.ts';
import { ProofMaker } from './prove.ts';

export interface Proven {
  readonly seq: number;
  /** A `.tlog-proof`. */
  readonly proof: string;
  /** Entries in the checkpoint's tree. */
  readonly size: number;
}

/**
 * Proofs that entries stand in the log, against the oldest checkpoint here that covers them all: each can be checked without
 * seeing another entry. Reads the ledger once, however many are asked for.
 */
export async function proofsOf(
  seqs: readonly number[],
  ledger: Ledger,
  estateId: string,
  notes: readonly HeldNote[],
): Promise<readonly Proven[]> {
  const last = Math.max(...seqs);
  const chosen = covering(last, estateId, notes);
  if (chosen === null) {
    throw uncovered(last);
  }
  const { size, root, note } = chosen;
  const { start } = await startOf({ chunks: () => ledger.bytes(null), isPart: false });
  const makers = seqs.map((seq) => ({ seq, maker: ProofMaker.inclusion(seq - 1, size) }));
  const tree = new Tree(start.seq, start.subtrees ?? []);
  for (const { maker } of makers) {
    maker.startAt(start.seq, start.subtrees ?? []);
  }
  const splitter = new LineSplitter((line) => {
    const link = linkOf(line);
    if (link !== null && link.seq <= size) {
      const data = Buffer.from(link.hash, 'hex');
      tree.append(data);
      for (const { maker } of makers) {
        maker.leaf(link.seq - 1, data);
      }
    }
  });
  for await (const chunk of ledger.bytes(null)) {
    splitter.push(chunk);
  }
  if (tree.size !== size || !tree.root().equals(root)) {
    throw new TillError(
      `the ledger is not what the checkpoint of ${size} entries says: nothing can be proven with it`,
      {
        exit: exitCodes.checkFalse,
        reason: 'checkpoint-does-not-fit',
        next: 'see `till audit verify`',
      },
    );
  }
  return makers.map(({ seq, maker }) => ({ seq, size, proof: proofText(seq - 1, maker.hashes(), note) }));
}

/** The smallest that covers the entry: the proof is then the shortest, and the oldest word. Later logs of the estate count too. */
function covering(seq: number, estateId: string, notes: readonly HeldNote[]) {
  const known = notes.flatMap(({ note }) => {
    const parsed = noteIn(note);
    const checkpoint = parsed === null ? null : checkpointIn(parsed);
    const epoch = checkpoint === null ? null : epochOf(checkpoint.origin, estateId);
    return checkpoint === null || epoch === null || checkpoint.size < seq ? [] : [{ ...checkpoint, epoch, note }];
  });
  return known.sort((a, b) => b.epoch - a.epoch || a.size - b.size)[0] ?? null;
}

function uncovered(seq: number): TillError {
  return new TillError(`no checkpoint covers entry ${seq} yet`, {
    exit: exitCodes.checkFalse,
    reason: 'not-covered',
    target: `entry ${seq}`,
    next: '`till ledger checkpoint` makes one',
  });
}
