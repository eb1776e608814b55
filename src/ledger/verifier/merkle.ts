import { sha256 } from './sha256.ts';

/**
 * The tree of RFC 6962 §2.1 over the entries' hashes: leaf n is entry n + 1. What is kept is the roots of the complete
 * subtrees from left to right, one for each bit of the size, so that a million entries need twenty hashes.
 */
export class Tree {
  /** Latin-1 texts of 32 bytes, which cost a tenth of as many buffers. */
  readonly #subtrees: string[];
  #size: number;

  /** Goes on from a size whose complete subtrees are known; from nothing unless told otherwise. */
  constructor(size = 0, subtrees: readonly Buffer[] = []) {
    if (subtrees.length !== bitsIn(size)) {
      throw new RangeError(`a tree of ${size} leaves has ${bitsIn(size)} complete subtrees, not ${subtrees.length}`);
    }
    this.#size = size;
    this.#subtrees = subtrees.map((hash) => hash.toString('binary'));
  }

  get size(): number {
    return this.#size;
  }

  /** The roots of the complete subtrees, the largest first: with the size, all that is needed to go on. */
  get subtrees(): readonly Buffer[] {
    return this.#subtrees.map(bytesOf);
  }

  /** `data` is what the leaf stands for: an entry's 32 bytes. */
  append(data: Uint8Array): void {
    let hash = leafText(data);
    for (let left = this.#size; left % 2 === 1; left = half(left)) {
      hash = nodeText(this.#subtrees.pop() ?? '', hash);
    }
    this.#subtrees.push(hash);
    this.#size += 1;
  }

  root(): Buffer {
    const last = this.#subtrees.at(-1) ?? sha256(new Uint8Array(), 'binary');
    return bytesOf(this.#subtrees.slice(0, -1).reduceRight((right, left) => nodeText(left, right), last));
  }
}

const bytesOf = (text: string) => Buffer.from(text, 'binary');
const leaf = Buffer.alloc(33);
const node = Buffer.alloc(65, 1);

function leafText(data: Uint8Array): string {
  if (data.length !== 32) {
    return sha256(Buffer.concat([Buffer.of(0), data]), 'binary');
  }
  leaf.set(data, 1);
  return sha256(leaf, 'binary');
}

function nodeText(left: string, right: string): string {
  node.write(left, 1, 'latin1');
  node.write(right, 33, 'binary');
  return sha256(node, 'binary');
}

export function leafHash(data: Uint8Array): Buffer {
  return bytesOf(leafText(data));
}

function nodeHash(left: Buffer, right: Buffer): Buffer {
  return bytesOf(nodeText(left.toString('binary'), right.toString('binary')));
}

/** The root to which the proof leads for a leaf at `index` of a tree of `size`; null when it is no proof (RFC 9162 §2.1.3.2). */
export function rootByInclusion(
  leafNode: Buffer,
  index: number,
  size: number,
  proof: readonly Buffer[],
): Buffer | null {
  if (!(index >= 0 && index < size)) {
    return null;
  }
  let [place, last, found] = [index, size - 1, leafNode];
  for (const sibling of proof) {
    if (last === 0) {
      return null;
    }
    if (place % 2 === 1 || place === last) {
      found = nodeHash(sibling, found);
      while (place % 2 === 0 && place !== 0) {
        [place, last] = [half(place), half(last)];
      }
    } else {
      found = nodeHash(found, sibling);
    }
    [place, last] = [half(place), half(last)];
  }
  return last === 0 ? found : null;
}

/** True when the proof shows that the larger tree begins with the smaller one (RFC 9162 §2.1.4.2). */
export function isConsistent(
  smaller: { readonly size: number; readonly root: Buffer },
  larger: { readonly size: number; readonly root: Buffer },
  proof: readonly Buffer[],
): boolean {
  if (smaller.size === larger.size) {
    return proof.length === 0 && smaller.root.equals(larger.root);
  }
  if (smaller.size <= 0 || smaller.size > larger.size || proof.length === 0) {
    return false;
  }
  const path = isPowerOfTwo(smaller.size) ? [smaller.root, ...proof] : proof;
  let [place, last] = [smaller.size - 1, larger.size - 1];
  while (place % 2 === 1) {
    [place, last] = [half(place), half(last)];
  }
  const [first = smaller.root, ...rest] = path;
  let [small, large] = [first, first];
  for (const sibling of rest) {
    if (last === 0) {
      return false;
    }
    if (place % 2 === 1 || place === last) {
      [small, large] = [nodeHash(sibling, small), nodeHash(sibling, large)];
      while (place % 2 === 0 && place !== 0) {
        [place, last] = [half(place), half(last)];
      }
    } else {
      large = nodeHash(large, sibling);
    }
    [place, last] = [half(place), half(last)];
  }
  return last === 0 && small.equals(smaller.root) && large.equals(larger.root);
}

/** Sizes go past 2^31, where the bit operators end. */
const half = (n: number) => Math.floor(n / 2);

function bitsIn(size: number): number {
  let count = 0;
  for (let rest = size; rest > 0; rest = half(rest)) {
    count += rest % 2;
  }
  return count;
}

function isPowerOfTwo(size: number): boolean {
  return bitsIn(size) === 1;
}
