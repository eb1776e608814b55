import type { Entry } from './entry.ts';

/** Entries in the order of their keys, so that lists, pages and namespaces are slices. */
export class SortedEntries {
  readonly #entries: Entry[] = [];
  readonly #byKey = new Map<string, Entry>();

  get size(): number {
    return this.#entries.length;
  }

  get(key: string): Entry | undefined {
    return this.#byKey.get(key);
  }

  set(entry: Entry): void {
    const { key } = entry;
    const at = firstAtOrAfter(this.#entries, key);
    if (this.#byKey.has(key)) {
      this.#entries[at] = entry;
    } else {
      this.#entries.splice(at, 0, entry);
    }
    this.#byKey.set(key, entry);
  }

  delete(key: string): void {
    if (this.#byKey.delete(key)) {
      this.#entries.splice(firstAtOrAfter(this.#entries, key), 1);
    }
  }

  /** A copy: it stays as it is while the store moves on. */
  slice(namespace: string | undefined): readonly Entry[] {
    if (namespace === undefined) {
      return this.#entries.slice();
    }
    return this.#entries.slice(
      firstAtOrAfter(this.#entries, `${namespace}/`),
      firstAtOrAfter(this.#entries, `${namespace}0`), // `0` follows `/`
    );
  }
}

export function firstAtOrAfter(entries: readonly Entry[], key: string): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle]?.key ?? '') < key) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}
