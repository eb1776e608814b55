import { exitCodes, TillError } from '#text/till-error.ts';
import type { FollowingDraft } from '../draft.ts';
import { limits } from '../entry.ts';
import type { Ledger } from '../ledger.ts';
import { checkpointIn } from '../verifier/checkpoint.ts';
import type { Evidence, HeldNote } from '../verifier/evidence.ts';
import type { Fault } from '../verifier/findings.ts';
import { noteIn } from '../verifier/note.ts';

/** Entries that anchors have seen and the ledger no longer has, though its chain holds: a restore or a fail-over lost them. */
export interface Loss {
  readonly from: number;
  readonly to: number;
  readonly anchored: { readonly size: number; readonly root: string; readonly anchor: string; readonly note: string };
  readonly found: { readonly size: number; readonly hash: string };
}

const ofLoss = new Set<Fault>(['truncated', 'rewritten']);
/** What may stand beside it and is told elsewhere. */
const beside = new Set<Fault>(['cut', 'epoch', 'anchor-gap', 'ghost']);

/**
 * What was lost, by the word of the anchors; null when they have seen no more than is here. A chain that does not hold in
 * itself is no loss but tampering, and is refused: nobody acknowledges that away (facts: access-audit.md §3.6).
 */
export async function lossIn(ledger: Ledger, evidence: Evidence): Promise<Loss | null> {
  const { findings, head, message } = await ledger.verify({ evidence });
  const told = findings.filter(({ fault, notes }) => ofLoss.has(fault) && notes !== undefined);
  const others = findings.filter((found) => !told.includes(found) && !beside.has(found.fault));
  if (others.length > 0) {
    throw new TillError(`this is more than a loss: ${message}`, {
      exit: exitCodes.checkFalse,
      reason: 'ledger-tampered',
      next: 'see `till audit verify`; keep the ledger as evidence',
    });
  }
  const [newest] = told
    .flatMap(({ notes = [] }) => notes)
    .flatMap((note) => held(note, evidence.notes))
    .sort((a, b) => b.size - a.size);
  if (newest === undefined) {
    return null;
  }
  const kept = Math.min(...told.map(({ after, seq }) => after ?? seq - 1));
  return {
    from: kept + 1,
    to: newest.size,
    anchored: newest,
    found: { size: head?.seq ?? 0, hash: head?.hash ?? '-' },
  };
}

function held(note: string, notes: readonly HeldNote[]) {
  const parsed = noteIn(note);
  const checkpoint = parsed === null ? null : checkpointIn(parsed);
  const anchor = notes.find((one) => one.note === note)?.anchor ?? 'an anchor';
  return checkpoint === null
    ? []
    : [{ size: checkpoint.size, root: checkpoint.root.toString('hex'), anchor, note: note.slice(0, limits.text) }];
}

/** The entry that tells of a loss. From then on the ledger is another log, and two people must say that they know. */
export function epochDraft(epoch: string, { from, to, anchored, found }: Loss, reason: string): FollowingDraft {
  return { kind: 'ledger', phase: 'epoch', reason, params: { epoch, anchored, found, lost: { from, to } } };
}
