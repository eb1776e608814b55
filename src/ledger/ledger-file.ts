import { join } from 'node:path';
import { exitCodes, TillError } from '#text/till-error.ts';
import { canonical, type Json } from './canonical.ts';
import { sealed } from './chain.ts';
import {
  close,
  cutBack,
  type Descriptor,
  flushed,
  openToAppend,
  openToRead,
  sizeOf,
  syncFolder,
  writeWhole,
} from './disk.ts';
import { type EntryBody, type LedgerEntry, limits } from './entry.ts';
import { fold } from './fold.ts';
import { copyOf, type Head, type Loaded, loadHead, nothingYet } from './head.ts';
import { baseOf, cutBeginning } from './prune-file.ts';
import { type Remembered, readRemembered, remember } from './remembered.ts';
import { readSnapshot, writeSnapshot } from './snapshot.ts';
import { codeOf, storeError } from './store-error.ts';
import { setAside } from './torn.ts';

/** The chain's file and what is known of its end. Whoever writes holds the lock. */
export class LedgerFile {
  readonly folder: string;
  readonly path: string;
  readonly #snapshotPath: string;
  readonly #rememberedPath: string;
  readonly #basePath: string;
  readonly #snapshotEvery: number;
  #head: Head | null = null;
  #snapshotSeq = 0;
  #snapshotBytes = 0;
  /** The entry after which the file began when the head was read. */
  #begin = 0;

  constructor(folder: string, snapshotEvery: number) {
    this.folder = folder;
    this.path = join(folder, 'ledger.jsonl');
    this.#snapshotPath = join(folder, 'snapshot.json');
    this.#rememberedPath = join(folder, 'last.json');
    this.#basePath = join(folder, 'base.json');
    this.#snapshotEvery = snapshotEvery;
  }

  /** Entries that were acknowledged once, as this user remembers them beside the chain. */
  remembered(): readonly Remembered[] {
    const [snapshot, last] = [readSnapshot(this.#snapshotPath), readRemembered(this.#rememberedPath)];
    return [snapshot?.hash === last?.hash ? null : snapshot, last].flatMap((entry) => entry ?? []);
  }

  /** The end of the chain, for reading: an entry that is just being written does not count yet. */
  async look(): Promise<Head> {
    const file = openToRead(this.path);
    try {
      const { head } = await this.#load(file, false);
      this.#head = head;
      return head;
    } finally {
      close(file);
    }
  }

  /** Opens the file to write, with everything mended that a crash may have left. `allow` may throw before anything is touched. */
  async write<T>(
    work: (page: Page) => Promise<T>,
    options: { readonly allow: (head: Head) => void; readonly forgiving?: boolean },
  ): Promise<T> {
    const { forgiving = false } = options;
    const file = openToAppend(this.path);
    try {
      const { head, torn, wounds } = await this.#load(file, forgiving);
      options.allow(head);
      if (torn.length > 0) {
        setAside(this.folder, file, head.offset, torn);
      }
      this.#head = head;
      this.#keepSnapshot(head);
      const done = await work({
        wounds,
        head: () => this.#head ?? head,
        add: (body) => this.#add(file, body),
      });
      if (forgiving) {
        this.#snapshotSeq = Number.NEGATIVE_INFINITY;
        this.#keepSnapshot(this.#head);
      }
      return done;
    } catch (error) {
      // What failed in the middle may be half there: the next one looks again.
      this.#head = null;
      throw storeError(error, this.path);
    } finally {
      close(file);
    }
  }

  #load(file: Descriptor | null, forgiving: boolean): Promise<Loaded> {
    if (forgiving) {
      // No snapshot may say that all is well before the entry that says what was not.
      this.#snapshotSeq = Number.POSITIVE_INFINITY;
      return loadHead(file, sizeOf(file), { from: null, remembered: null, forgiving });
    }
    const remembered = readRemembered(this.#rememberedPath);
    const from = this.#knownEnd(file);
    // The size is asked for last: what was remembered is never ahead of it then.
    return loadHead(file, sizeOf(file), { from, remembered, forgiving });
  }

  /** What was read before, as long as the file still begins where it did: somebody may have cut it at its beginning. */
  #knownEnd(file: Descriptor | null): Head | null {
    const base = baseOf(this.#basePath, file);
    const begin = base?.seq ?? 0;
    if (begin !== this.#begin) {
      this.#head = null;
      this.#begin = begin;
    }
    return this.#head ?? this.#snapshot() ?? base;
  }

  /** Cuts off what stands before and in this entry. The lock is held. */
  async cutBeginning(upTo: Remembered): Promise<void> {
    const paths = { path: this.path, basePath: this.#basePath, snapshotPath: this.#snapshotPath };
    await cutBeginning(paths, upTo);
    this.#head = null;
  }

  /** The entry after which the file begins; null where it begins with the first. */
  begin(file: Descriptor | null): Remembered | null {
    return baseOf(this.#basePath, file);
  }

  #snapshot(): Head | null {
    const snapshot = readSnapshot(this.#snapshotPath);
    this.#snapshotSeq = snapshot?.seq ?? 0;
    return snapshot;
  }

  /** One write, one fsync. When either fails nothing of it stays. */
  async #add(file: Descriptor, body: EntryBody): Promise<LedgerEntry> {
    const head = this.#head ?? nothingYet;
    const text = textOf(body);
    const { seq, prev, hash, line } = sealed(text, head.seq + 1, head.hash);
    const bytes = Buffer.from(`${line}\n`);
    try {
      writeWhole(file, bytes);
      await flushed(file);
      if (seq === 1) {
        syncFolder(this.folder);
      }
    } catch (error) {
      takeBack(file, head.offset);
      throw error;
    }
    const entry: LedgerEntry = { seq, ...body, prev, hash };
    const state = copyOf(head.state);
    fold(state, entry);
    this.#head = { seq, hash, offset: head.offset + bytes.length, state };
    remember(this.#rememberedPath, this.#head);
    this.#keepSnapshot(this.#head);
    return entry;
  }

  /**
   * Every so many entries, and less often while the state is large, so that an entry costs the same. One that cannot be
   * written only makes the next start slower: the entries are on disk.
   */
  #keepSnapshot(head: Head): void {
    if (head.seq - this.#snapshotSeq < Math.max(this.#snapshotEvery, this.#snapshotBytes / 4_096)) {
      return;
    }
    this.#snapshotSeq = head.seq;
    try {
      this.#snapshotBytes = writeSnapshot(this.#snapshotPath, head);
    } catch (error) {
      if (codeOf(error) === '') {
        throw error;
      }
    }
  }
}

/** The open file, under the lock. */
export interface Page {
  readonly wounds: readonly string[];
  head(): Head;
  add(body: EntryBody): Promise<LedgerEntry>;
}

/** What cannot be taken back is an unfinished line, which the next one to write sets aside. */
function takeBack(file: Descriptor, offset: number): void {
  try {
    cutBack(file, offset);
  } catch (error) {
    if (codeOf(error) === '') {
      throw error;
    }
  }
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
