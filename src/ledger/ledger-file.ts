import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { exitCodes, TillError } from '#text/till-error.ts';
import { canonical, type Json } from './canonical.ts';
import { sealed } from './chain.ts';
import { openToAppend, openToRead, syncFolder, writeWhole } from './disk.ts';
import { type EntryBody, type LedgerEntry, limits } from './entry.ts';
import { fold } from './fold.ts';
import { copyOf, type Head, type Loaded, loadHead, nothingYet } from './head.ts';
import { readSnapshot, writeSnapshot } from './snapshot.ts';
import { storeError } from './store-error.ts';
import { setAside } from './torn.ts';

/** The chain's file and what is known of its end. Whoever writes holds the lock. */
export class LedgerFile {
  readonly folder: string;
  readonly path: string;
  readonly snapshotPath: string;
  #head: Head | null = null;
  #sinceSnapshot = 0;
  #snapshotBytes = 0;

  constructor(folder: string) {
    this.folder = folder;
    this.path = join(folder, 'ledger.jsonl');
    this.snapshotPath = join(folder, 'snapshot.json');
  }

  /** The end of the chain, for reading: an entry that is just being written does not count yet. */
  async look(): Promise<Head> {
    const handle = await openToRead(this.path);
    try {
      const { head } = await this.#load(handle, false);
      this.#head = head;
      return head;
    } finally {
      await handle?.close();
    }
  }

  /** Opens the file to write, with everything mended that a crash may have left. `allow` may throw before anything is touched. */
  async write<T>(
    work: (page: Page) => Promise<T>,
    options: { readonly allow: (head: Head) => void; readonly forgiving?: boolean },
  ): Promise<T> {
    const handle = await openToAppend(this.path);
    try {
      const { head, torn, rebuilt, wounds } = await this.#load(handle, options.forgiving ?? false);
      options.allow(head);
      if (torn.length > 0) {
        await setAside(this.folder, handle, head.offset, torn);
      }
      this.#head = head;
      if (rebuilt && head.seq > 0) {
        await this.#keepSnapshot(head);
      }
      return await work({
        wounds,
        isNew: head.seq === 0,
        head: () => this.#head ?? head,
        add: (body) => this.#add(handle, body),
      });
    } catch (error) {
      // What failed in the middle may be half there: the next one looks again.
      this.#head = null;
      throw storeError(error, this.path);
    } finally {
      await handle.close();
    }
  }

  async #load(handle: FileHandle | null, forgiving: boolean): Promise<Loaded> {
    const known = this.#head;
    const snapshot = known === null && !forgiving ? await readSnapshot(this.snapshotPath) : null;
    if (handle === null) {
      return loadHead(null, 0, { known, snapshot, forgiving });
    }
    const { size } = await handle.stat();
    return loadHead(handle, size, { known, snapshot, forgiving });
  }

  /** One write, one fsync. When either fails nothing of it stays. */
  async #add(handle: FileHandle, body: EntryBody): Promise<LedgerEntry> {
    const head = this.#head ?? nothingYet;
    const text = textOf(body);
    const { seq, prev, hash, line } = sealed(text, head.seq + 1, head.hash);
    const bytes = Buffer.from(`${line}\n`);
    try {
      await writeWhole(handle, bytes);
      await handle.datasync();
      if (seq === 1) {
        await syncFolder(this.folder);
      }
    } catch (error) {
      await handle.truncate(head.offset).catch(() => undefined);
      await handle.datasync().catch(() => undefined);
      throw error;
    }
    const entry: LedgerEntry = { seq, ...body, prev, hash };
    const state = copyOf(head.state);
    fold(state, entry);
    this.#head = { seq, hash, offset: head.offset + bytes.length, state };
    this.#sinceSnapshot += 1;
    // A large state is not written out with every entry, so that the cost of one entry stays the same.
    if (this.#sinceSnapshot > this.#snapshotBytes / 16_384) {
      await this.#keepSnapshot(this.#head);
    }
    return entry;
  }

  /** The entry is on disk by now; a snapshot that cannot be written only makes the next start slower. */
  async #keepSnapshot(head: Head): Promise<void> {
    this.#snapshotBytes = await writeSnapshot(this.snapshotPath, head).catch(() => this.#snapshotBytes);
    this.#sinceSnapshot = 0;
  }
}

/** The open file, under the lock. */
export interface Page {
  readonly isNew: boolean;
  readonly wounds: readonly string[];
  head(): Head;
  add(body: EntryBody): Promise<LedgerEntry>;
}

function textOf(body: EntryBody): string {
  // A body consists of JSON by its schema; its type says so more precisely than `Json` can.
  const text = canonical(body as unknown as Json);
  const size = Buffer.byteLength(text);
  if (size > limits.entry) {
    throw new TillError(`an entry of ${size} bytes is too large for the ledger (at most ${limits.entry})`, {
      exit: exitCodes.usage,
      reason: 'entry-too-large',
      target: body.operation ?? body.id,
      next: 'act on fewer targets at once',
    });
  }
  return text;
}
