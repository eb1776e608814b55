import { join } from 'node:path';
import { privateFolder } from '../disk.ts';
import type { Known } from '../postgres/news.ts';
import { readSnapshot, type Snapshot, writeSnapshot } from '../snapshot.ts';
import { codeOf } from '../store-error.ts';

/** The shared ledger as this host last saw it: what is read, and judged by, while it is away. */
export class Recollection {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  read(): Snapshot | null {
    return readSnapshot(join(this.#folder, 'last-seen.json'));
  }

  /** A disk that takes no more costs only what would be known while the server is away. */
  keep({ seq, hash, state }: Known): void {
    try {
      privateFolder(this.#folder);
      writeSnapshot(join(this.#folder, 'last-seen.json'), { seq, hash, offset: 0, state });
    } catch (error) {
      if (codeOf(error) === '') {
        throw error;
      }
    }
  }
}
