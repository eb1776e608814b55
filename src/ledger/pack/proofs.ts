import { TillError } from '#text/till-error.ts';
import { type Proven, proofsOf } from '../proof/inclusion.ts';
import { checkpointIn } from '../verifier/checkpoint.ts';
import type { HeldNote } from '../verifier/evidence.ts';
import { noteIn } from '../verifier/note.ts';
import { proofIn } from '../verifier/tlog-proof.ts';
import type { PackOrder } from './make-pack.ts';
import type { PackFolder } from './pack-folder.ts';

/** More samples than any assessor takes; `till audit prove` makes the others. */
const mostProofs = 250;

export interface PackedProofs {
  readonly made: number;
  readonly checkpoint: { readonly origin: string; readonly size: number; readonly coversTheRange: boolean } | null;
}

/**
 * Proofs that the span's first and last entries stand in the log, and between them those that samples ask for. The last one vouches for
 * every entry of the span, since each names its predecessor's hash.
 */
export async function packProofs(
  folder: PackFolder,
  { ledger, estate, span, notes }: PackOrder,
  samples: readonly number[],
): Promise<PackedProofs> {
  folder.folder('proofs');
  folder.folder('anchors');
  packAnchors(folder, notes, span.first);
  const wanted = [...new Set([span.first, span.last, ...samples.slice(0, mostProofs)])].sort((a, b) => a - b);
  const proven = await provenOrNone(wanted, () => proofsOf(wanted, ledger, estate.id, notes));
  const note = noteOf(proven);
  const checkpoint = note === null ? null : checkpointIn(noteIn(note) ?? { text: '' });
  for (const { seq, proof } of proven) {
    folder.file(`proofs/${seq}.tlog-proof`).text(proof);
  }
  if (note !== null) {
    folder.file('checkpoint.txt').text(note);
  }
  const { origin, size } = checkpoint ?? {};
  return {
    made: proven.length,
    checkpoint: origin === undefined || size === undefined ? null : { origin, size, coversTheRange: size >= span.last },
  };
}

/** Where no checkpoint covers the span there is no proof, and the pack says so of itself: it does not verify. */
async function provenOrNone(
  wanted: readonly number[],
  prove: () => Promise<readonly Proven[]>,
): Promise<readonly Proven[]> {
  try {
    return wanted.length === 0 ? [] : await prove();
  } catch (error) {
    if (error instanceof TillError && error.reason === 'not-covered') {
      return [];
    }
    throw error;
  }
}

function noteOf([first]: readonly Proven[]): string | null {
  return first === undefined ? null : (proofIn(first.proof)?.noteText ?? null);
}

/** What each anchor holds of the span and after it, as its own file: a line each, with the time by that anchor's clock. */
function packAnchors(folder: PackFolder, notes: readonly HeldNote[], first: number): void {
  const byAnchor = Map.groupBy(
    notes.filter((held) => sizeIn(held) >= first),
    ({ anchor }) => anchor,
  );
  let count = 0;
  for (const [anchor, held] of byAnchor) {
    count += 1;
    const writer = folder.file(`anchors/${count}-${anchor.replaceAll(/[^\w-]+/g, '-').slice(0, 60)}.jsonl`).counts();
    for (const { note, at } of held) {
      const time = at === null ? null : new Date(at).toISOString();
      writer.row(`${JSON.stringify({ note, anchor, at: time })}\n`);
    }
  }
}

function sizeIn({ note }: HeldNote): number {
  const parsed = noteIn(note);
  return (parsed === null ? null : checkpointIn(parsed)?.size) ?? 0;
}
