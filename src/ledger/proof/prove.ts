import { Tree } from '../verifier/merkle.ts';

/** Leaves from `from` up to, not including, `to`; counted from 0. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * Makes the hashes of a proof while leaves stream past: each is the root of a range of leaves, and no leaf is in two of
 * them, so that one small tree for each is all that is kept.
 */
export class ProofMaker {
  readonly #ranges: (Range & { readonly tree: Tree })[];

  private constructor(ranges: readonly Range[]) {
    this.#ranges = ranges.map((range) => ({ ...range, tree: new Tree() }));
  }

  /** That the leaf at `index` is in the tree of `size` (RFC 6962 §2.1.1). */
  static inclusion(index: number, size: number): ProofMaker {
    if (!(index >= 0 && index < size)) {
      throw new RangeError(`there is no leaf ${index} in a tree of ${size}`);
    }
    return new ProofMaker(path(index, { from: 0, to: size }));
  }

  /** That the tree of `larger` begins with the tree of `smaller` (RFC 6962 §2.1.2). */
  static consistency(smaller: number, larger: number): ProofMaker {
    if (!(smaller > 0 && smaller <= larger)) {
      throw new RangeError(`a tree of ${larger} does not begin with one of ${smaller}`);
    }
    return new ProofMaker(smaller === larger ? [] : subproof(smaller, { from: 0, to: larger }, true));
  }

  /** Leaves before `start` are not here: what is known of them are the roots of their complete subtrees, as the tree has them. */
  startAt(start: number, subtrees: readonly Buffer[]): void {
    const known = placed(start, subtrees);
    for (const [place, range] of this.#ranges.entries()) {
      const to = Math.min(range.to, start);
      if (range.from < to) {
        const within = known.filter((subtree) => subtree.from >= range.from && subtree.to <= to);
        const tree = new Tree(
          to - range.from,
          within.map(({ root }) => root),
        );
        this.#ranges[place] = { ...range, tree };
      }
    }
  }

  /** `data` is what the leaf stands for. In order, and all of them. */
  leaf(index: number, data: Uint8Array): void {
    this.#ranges.find(({ from, to }) => from <= index && index < to)?.tree.append(data);
  }

  hashes(): readonly Buffer[] {
    return this.#ranges.map(({ tree }) => tree.root());
  }
}

/** Which leaves each complete subtree of a tree stands for. */
function placed(size: number, subtrees: readonly Buffer[]): readonly (Range & { readonly root: Buffer })[] {
  let from = 0;
  return subtrees.map((root) => {
    let width = 1;
    while (width * 2 <= size - from) {
      width *= 2;
    }
    from += width;
    return { from: from - width, to: from, root };
  });
}

/** From the leaf's sibling up. */
function path(index: number, { from, to }: Range): readonly Range[] {
  if (to - from === 1) {
    return [];
  }
  const middle = from + largestPowerBelow(to - from);
  return index < middle
    ? [...path(index, { from, to: middle }), { from: middle, to }]
    : [...path(index, { from: middle, to }), { from, to: middle }];
}

function subproof(size: number, range: Range, isWhole: boolean): readonly Range[] {
  const { from, to } = range;
  if (size === to) {
    return isWhole ? [] : [range];
  }
  const middle = from + largestPowerBelow(to - from);
  return size <= middle
    ? [...subproof(size, { from, to: middle }, isWhole), { from: middle, to }]
    : [...subproof(size, { from: middle, to }, false), { from, to: middle }];
}

/** The largest power of two below `count`. */
function largestPowerBelow(count: number): number {
  let power = 1;
  while (power * 2 < count) {
    power *= 2;
  }
  return power;
}
