import { join } from 'node:path';
import { exitCodes, TillError } from '#text/till-error.ts';
import { privateFolder, replaceFile, textOf } from '../disk.ts';
import { Tree } from '../verifier/merkle.ts';

/**
 * The checkpoint that was signed last from here, and the tree as it was then: the next one goes on from it, so that it cannot be
 * inconsistent with it, and reads only what is new.
 */
export interface LastSigned {
  readonly origin: string;
  readonly size: number;
  /** Of the entry that ended the chain. */
  readonly hash: string;
  /** Where that entry's line ends, for a store that is a file. */
  readonly offset: number;
  readonly subtrees: readonly string[];
  readonly note: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

const nameOf = (folder: string) => join(folder, 'last-signed.json');

/** Null when nothing was signed from here yet. Throws when what is there cannot be read: then nobody knows what was signed. */
export function readLastSigned(folder: string): LastSigned | null {
  const text = textOf(nameOf(folder));
  if (text === null) {
    return null;
  }
  try {
    const last = JSON.parse(text) as LastSigned;
    treeOf(last);
    return last;
  } catch (error) {
    throw new TillError('what was signed last cannot be read, so nothing more is signed', {
      exit: exitCodes.refused,
      reason: 'last-signed-unreadable',
      target: nameOf(folder),
      next: 'compare the ledger with its anchors (`till audit verify`), then take this file away: the next checkpoint is compared with the anchors',
      cause: error,
    });
  }
}

export function keepLastSigned(folder: string, last: LastSigned): void {
  privateFolder(folder);
  replaceFile(nameOf(folder), `${JSON.stringify(last)}\n`);
}

export function treeOf({ size, subtrees }: LastSigned): Tree {
  return new Tree(
    size,
    subtrees.map((hash) => Buffer.from(hash, 'hex')),
  );
}
