import type { Entry } from './entry.ts';

export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly version: number;
  /** The object after the change; for a deletion the last one, stamped with the deletion's version. */
  readonly entry: Entry;
  readonly before: Entry | undefined;
  /** Epoch milliseconds. */
  readonly at: number;
}

/**
 * The last changes of one kind: what a watch can begin from and a page can be continued in. Older versions are gone, as
 * etcd's compaction makes them (about five minutes on a real cluster; facts: kubernetes.md §5.1).
 */
export class History {
  readonly #limit: number;
  readonly #keepMs: number;
  #changes: Change[] = [];
  /** Everything after this version is known. */
  #since: number;

  constructor(since: number, limit = 4096, keepMs = 300_000) {
    this.#since = since;
    this.#limit = limit;
    this.#keepMs = keepMs;
  }

  append(change: Change): void {
    this.#changes.push(change);
    // In steps of a quarter, so that a busy kind does not shift an array at every change.
    if (this.#changes.length > this.#limit * 1.25) {
      this.#drop(this.#changes.length - this.#limit);
    }
  }

  /** Forgets all that is older than the window. */
  prune(now: number): void {
    const old = this.#changes.findIndex((change) => now - change.at < this.#keepMs);
    this.#drop(old === -1 ? this.#changes.length : old);
  }

  /** Forgets everything, as a compaction would. */
  compact(version: number): void {
    this.#changes = [];
    this.#since = version;
  }

  covers(version: number): boolean {
    return version >= this.#since;
  }

  /** Changes after a version, oldest first; `undefined` when some of them are forgotten. */
  after(version: number): readonly Change[] | undefined {
    if (!this.covers(version)) {
      return undefined;
    }
    let low = 0;
    let high = this.#changes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#changes[middle]?.version ?? 0) <= version) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low === 0 ? this.#changes : this.#changes.slice(low);
  }

  #drop(count: number): void {
    const last = this.#changes[count - 1];
    if (last !== undefined) {
      this.#since = last.version;
      this.#changes = this.#changes.slice(count);
    }
  }
}
