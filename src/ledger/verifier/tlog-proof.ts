import { type Checkpoint, checkpointIn } from './checkpoint.ts';
import { leafHash, rootByInclusion } from './merkle.ts';
import { type Note, noteIn } from './note.ts';

/** A proof that one entry stands in the log, which discloses nothing of the others (C2SP tlog-proof.md). */
export interface InclusionProof {
  /** From 0: entry `index + 1`. */
  readonly index: number;
  /** From the leaf's sibling up. */
  readonly hashes: readonly Buffer[];
  readonly noteText: string;
  readonly note: Note;
  readonly checkpoint: Checkpoint;
}

const first = 'c2sp.org/tlog-proof@v1';

export function proofText(index: number, hashes: readonly Buffer[], note: string): string {
  return `${[first, `index ${index}`, ...hashes.map((hash) => hash.toString('base64'))].join('\n')}\n\n${note}`;
}

/** The proof in a text; null when it has not the form of one. Nothing of it is checked. */
export function proofIn(text: string): InclusionProof | null {
  const {
    index = '',
    hashes = '',
    noteText = '',
  } = /^c2sp\.org\/tlog-proof@v1\n(?:extra [A-Za-z0-9+/]*=*\n)?index (?<index>0|[1-9]\d{0,15})\n(?<hashes>(?:[A-Za-z0-9+/]{43}=\n){0,60})\n(?<noteText>.*)$/su.exec(
    text,
  )?.groups ?? {};
  const note = noteIn(noteText);
  const checkpoint = note === null ? null : checkpointIn(note);
  return index === '' || note === null || checkpoint === null
    ? null
    : {
        index: Number(index),
        hashes: hashes
          .split('\n')
          .slice(0, -1)
          .map((hash) => Buffer.from(hash, 'base64')),
        noteText,
        note,
        checkpoint,
      };
}

/** True when it shows that the entry with this hash stands at its place in the checkpoint's tree. Whose word that is, is another question. */
export function proves({ index, hashes, checkpoint }: InclusionProof, entryHash: string): boolean {
  const { size, root } = checkpoint;
  return rootByInclusion(leafHash(Buffer.from(entryHash, 'hex')), index, size, hashes)?.equals(root) ?? false;
}
