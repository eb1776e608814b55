import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProofMaker } from '#ledger/proof/prove.ts';
import { isConsistent, leafHash, rootByInclusion, Tree } from '#ledger/verifier/merkle.ts';

/** The leaves and roots that Certificate Transparency's own implementations are tested with (RFC 6962). */
const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const roots = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

const bytes = (hex: string) => Buffer.from(hex, 'hex');
const sha = (...parts: readonly Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();

/** MTH as RFC 6962 §2.1 writes it down, without a thought for speed. */
function rootOf(data: readonly Buffer[]): Buffer {
  const [only] = data;
  if (only === undefined) {
    return sha();
  }
  if (data.length === 1) {
    return sha(Buffer.of(0), only);
  }
  const middle = 2 ** Math.ceil(Math.log2(data.length) - 1);
  return sha(Buffer.of(1), rootOf(data.slice(0, middle)), rootOf(data.slice(middle)));
}

const entries = fc.array(
  fc.uint8Array({ minLength: 32, maxLength: 32 }).map((data) => Buffer.from(data)),
  { minLength: 1, maxLength: 70 },
);

function treeOf(data: readonly Buffer[]): Tree {
  const tree = new Tree();
  for (const item of data) {
    tree.append(item);
  }
  return tree;
}

function made(maker: ProofMaker, data: readonly Buffer[]): readonly Buffer[] {
  for (const [index, item] of data.entries()) {
    maker.leaf(index, item);
  }
  return maker.hashes();
}

const isRoot = (found: Buffer | null, data: readonly Buffer[]) => found?.equals(rootOf(data)) ?? false;

describe('the tree', () => {
  it('has the roots of RFC 6962 at every size', () => {
    const found = roots.map((_, size) => treeOf(leaves.slice(0, size).map(bytes)).root().toString('hex'));
    expect(found).toEqual(roots);
  });

  it('has the root that the RFC defines for any leaves', () => {
    fc.assert(fc.property(entries, (data) => isRoot(treeOf(data).root(), data)));
  });

  it('goes on from its subtrees as if it had never stopped', () => {
    fc.assert(
      fc.property(entries, fc.nat(), (data, seed) => {
        const size = seed % (data.length + 1);
        const after = new Tree(size, treeOf(data.slice(0, size)).subtrees);
        for (const item of data.slice(size)) {
          after.append(item);
        }
        expect(isRoot(after.root(), data)).toBe(true);
      }),
    );
    expect(() => new Tree(3, [])).toThrow(RangeError);
  });

  it('keeps a hash for each bit of its size, however large', () => {
    expect(treeOf(Array.from({ length: 1_000 }, (_, index) => Buffer.alloc(32, index))).subtrees).toHaveLength(6);
    expect(new Tree(2 ** 40, [Buffer.alloc(32)]).size).toBe(2 ** 40);
  });
});

describe('a proof that an entry is in', () => {
  it('leads to the root, and only from its own place', () => {
    fc.assert(
      fc.property(entries, fc.nat(), fc.nat(), (data, one, other) => {
        const [index, elsewhere] = [one % data.length, other % data.length];
        const proof = made(ProofMaker.inclusion(index, data.length), data);
        const leaf = leafHash(data[index] ?? bytes(''));
        expect(isRoot(rootByInclusion(leaf, index, data.length, proof), data)).toBe(true);
        if (elsewhere !== index) {
          expect(isRoot(rootByInclusion(leaf, elsewhere, data.length, proof), data)).toBe(false);
        }
      }),
    );
  });

  it('is none with a hash too many, too few or changed', () => {
    fc.assert(
      fc.property(entries, fc.nat(), (data, seed) => {
        fc.pre(data.length > 1);
        const index = seed % data.length;
        const proof = made(ProofMaker.inclusion(index, data.length), data);
        const leaf = leafHash(data[index] ?? bytes(''));
        const changed = proof.map((hash, at) => (at === seed % proof.length ? sha(hash) : hash));
        for (const wrong of [[...proof, sha()], proof.slice(1), proof.slice(0, -1), changed]) {
          expect(isRoot(rootByInclusion(leaf, index, data.length, wrong), data)).toBe(false);
        }
      }),
    );
    expect(rootByInclusion(sha(), 3, 3, [])).toBeNull();
    expect(() => ProofMaker.inclusion(3, 3)).toThrow(RangeError);
  });
});

describe('a proof that one tree begins with another', () => {
  const pair = fc.record({ data: entries, seed: fc.nat(), place: fc.nat() });

  it('holds for every beginning, and for no other tree', () => {
    fc.assert(
      fc.property(pair, ({ data, seed, place }) => {
        const size = 1 + (seed % data.length);
        const proof = made(ProofMaker.consistency(size, data.length), data);
        const larger = { size: data.length, root: rootOf(data) };
        expect(isConsistent({ size, root: rootOf(data.slice(0, size)) }, larger, proof)).toBe(true);
        const other = data.slice(0, size).map((item, at) => (at === place % size ? sha(item) : item));
        expect(isConsistent({ size, root: rootOf(other) }, larger, proof)).toBe(false);
      }),
    );
  });

  it('is none with a hash too many, too few or changed', () => {
    fc.assert(
      fc.property(pair, ({ data, seed }) => {
        fc.pre(data.length > 1);
        const size = 1 + (seed % (data.length - 1));
        const proof = made(ProofMaker.consistency(size, data.length), data);
        const smaller = { size, root: rootOf(data.slice(0, size)) };
        const larger = { size: data.length, root: rootOf(data) };
        const changed = proof.map((hash, at) => (at === seed % proof.length ? sha(hash) : hash));
        for (const wrong of [[...proof, sha()], proof.slice(1), proof.slice(0, -1), changed]) {
          expect(isConsistent(smaller, larger, wrong)).toBe(false);
        }
      }),
    );
    expect(isConsistent({ size: 0, root: sha() }, { size: 1, root: sha() }, [sha()])).toBe(false);
  });
});
