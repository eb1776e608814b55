import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProofMaker } from '#ledger/proof/prove.ts';
import { leafHash, rootByInclusion } from '#ledger/verifier/merkle.ts';
import {
  begins,
  chainOf,
  ends,
  faultsOf,
  genesis,
  hashIn,
  held,
  keyEntry,
  newSigner,
  noteAt,
  noticesOf,
  type Said,
  treeOf,
  verified,
} from '../verifier/world.ts';

const signer = newSigner();
const sound: readonly Said[] = [genesis, keyEntry(signer), ...[1, 2, 3, 4].flatMap((one) => [begins(one), ends(one)])];

/** A ledger of ten entries, pruned after `upTo`, and what went on from there. */
function pruned(upTo: number, change: (params: object) => object = (params) => params) {
  const lines = chainOf(sound);
  const tree = treeOf(lines.slice(0, upTo));
  const params = change({
    ...{ upTo, hash: hashIn(lines[upTo - 1]), root: tree.root().toString('hex') },
    ...{ range: tree.subtrees.map((hash) => hash.toString('hex')), archive: 's3://cold/2026', sha256: 'x' },
  });
  const whole = chainOf([{ kind: 'ledger', phase: 'prune', params: params as never }, begins(5), ends(5)], 'v1', lines);
  return { whole, kept: whole.slice(upTo) };
}

describe('a pruned ledger', () => {
  it.each([1, 3, 4, 7, 8])('is verified from its prune record on, after entry %i', async (upTo) => {
    const { whole, kept } = pruned(upTo);
    const notes = [held(noteAt(whole, upTo, signer)), held(noteAt(whole, 12, signer))];
    const verification = await verified(kept, { notes, keys: [signer.vkey] });
    expect(verification).toMatchObject({ reason: 'verified', exit: 0, anchored: { seq: 12 }, findings: [] });
    expect(verification.entries).toBe(13 - upTo);
    expect(noticesOf(verification)).toEqual(['pruned 11']);
    expect(verification.remarks[0]?.message).toContain('alice took out what was before, kept as s3://cold/2026');
  });

  it('is not verified by a checkpoint of what was taken out alone', async () => {
    const { whole, kept } = pruned(4);
    const verification = await verified(kept, { notes: [held(noteAt(whole, 4, signer))], keys: [signer.vkey] });
    expect(verification).toMatchObject({ reason: 'unanchored', exit: 3, anchored: null, tail: { entries: 9 } });
  });

  it('does not call an end a ghost whose beginning was taken out', async () => {
    const { whole, kept } = pruned(5);
    expect(await verified(kept, { notes: [held(noteAt(whole, 13, signer))], keys: [signer.vkey] })).toMatchObject({
      reason: 'verified',
      findings: [],
    });
  });

  it('is still found rewritten by an anchor that saw it before', async () => {
    const { kept } = pruned(4);
    const other = chainOf(sound.map((said) => ({ ...said, reason: 'another' })));
    const verification = await verified(kept, { notes: [held(noteAt(other, 10, signer))], keys: [signer.vkey] });
    expect(faultsOf(verification)).toEqual(['rewritten 10']);
  });

  it('is a gap without its record, with one of another place, and with one whose root is made up', async () => {
    const faults = async (kept: readonly string[]) => faultsOf(await verified(kept, { keys: [signer.vkey] }));
    expect(await faults(chainOf(sound).slice(4))).toEqual(['gap 5', 'genesis 5']);
    expect(await faults(pruned(4).whole.slice(5))).toEqual(['gap 6', 'genesis 6']);
    const madeUp = pruned(4, (params) => ({ ...params, root: '0'.repeat(64) }));
    expect(await faults(madeUp.kept)).toEqual(['gap 5', 'genesis 5']);
    const otherHash = pruned(4, (params) => ({ ...params, hash: '0'.repeat(64) }));
    expect(await faults(otherHash.kept)).toEqual(['gap 5', 'genesis 5']);
  });

  it('still proves every entry that is left', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), fc.nat(), fc.nat(), (size, one, other) => {
        const lines = chainOf(Array.from({ length: size }, (_, at) => (at === 0 ? genesis : begins(at))));
        const start = one % size;
        const index = start + (other % (size - start));
        const maker = ProofMaker.inclusion(index, size);
        maker.startAt(start, treeOf(lines.slice(0, start)).subtrees);
        for (let at = start; at < size; at += 1) {
          maker.leaf(at, Buffer.from(hashIn(lines[at]), 'hex'));
        }
        const leaf = leafHash(Buffer.from(hashIn(lines[index]), 'hex'));
        expect(rootByInclusion(leaf, index, size, maker.hashes())).toEqual(treeOf(lines).root());
      }),
    );
  });
});
