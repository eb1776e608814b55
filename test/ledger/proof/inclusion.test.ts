import { describe, expect, it } from 'vitest';
import { proofsOf } from '#ledger/proof/inclusion.ts';
import { noEvidence } from '#ledger/verifier/evidence.ts';
import { proofIn, proves } from '#ledger/verifier/tlog-proof.ts';
import { verifyLog } from '#ledger/verifier/verify-log.ts';
import { bytesOf, hashIn, held, newSigner, treeOf } from '../verifier/world.ts';
import { linesOf } from '../world.ts';
import { estateId, signedLedger, work } from './world.ts';

async function world(operations: number) {
  const given = await signedLedger();
  await work(given.ledger, operations);
  const { note } = await given.make();
  await work(given.ledger, 1);
  return { ...given, note, lines: await linesOf(given.folder) };
}

/** What an auditor has of one entry: its line, the proof, and a key from elsewhere. */
function audited(line: string, proof: string, key: string) {
  return verifyLog({
    ...{ chunks: () => [bytesOf([line])], estateId: null, chain: false, isPart: true, store: 'what you were given' },
    evidence: { ...noEvidence, proofs: [{ proof, anchor: 'a proof' }], keys: [key] },
  });
}

describe('a proof of one entry', () => {
  it('convinces somebody who sees no other entry, for every entry that a checkpoint covers', async () => {
    const { ledger, note, lines, signer } = await world(5);
    const seqs = Array.from({ length: 12 }, (_, at) => at + 1);
    const proven = await proofsOf(seqs, ledger, estateId, [held(note)]);
    for (const { seq, proof } of proven) {
      const parsed = proofIn(proof) ?? expect.fail();
      expect(proves(parsed, hashIn(lines[seq - 1]))).toBe(true);
      expect(proves(parsed, hashIn(lines[seq % 12]))).toBe(false);
      const { verdict } = await audited(lines[seq - 1] ?? '', proof, signer.vkey);
      expect(verdict).toMatchObject({ reason: 'verified', exit: 0, entries: 1, anchored: { seq } });
    }
  });

  it('convinces nobody of another entry, an edited one, or by a key from nowhere', async () => {
    const { ledger, note, lines, signer } = await world(3);
    const [{ proof } = expect.fail()] = await proofsOf([4], ledger, estateId, [held(note)]);
    const line = lines[3] ?? '';
    expect((await audited(lines[4] ?? '', proof, signer.vkey)).verdict.exit).toBe(3);
    expect((await audited(line.replace('queue is long', 'queue is l0ng'), proof, signer.vkey)).verdict.exit).toBe(3);
    expect((await audited(line, proof, newSigner().vkey)).verdict).toMatchObject({ reason: 'key-epoch', exit: 3 });
    expect((await audited(line, proof.replace('index 3', 'index 4'), signer.vkey)).verdict.exit).toBe(3);
    expect((await audited(line, 'nonsense', signer.vkey)).verdict).toMatchObject({ reason: 'unanchored', exit: 3 });
  });

  it('is the file that C2SP describes', async () => {
    const { ledger, note } = await world(2);
    const [{ proof } = expect.fail()] = await proofsOf([3], ledger, estateId, [held(note)]);
    const [first, index, ...rest] = proof.split('\n');
    expect([first, index]).toEqual(['c2sp.org/tlog-proof@v1', 'index 2']);
    const end = rest.indexOf('');
    expect(rest.slice(0, end).every((line) => /^[A-Za-z0-9+/]{43}=$/.test(line))).toBe(true);
    expect(rest.slice(end + 1).join('\n')).toBe(note);
  });

  it('is not made before a checkpoint covers the entry, nor by one that does not fit', async () => {
    const { ledger, note } = await world(2);
    await expect(proofsOf([7], ledger, estateId, [held(note)])).rejects.toMatchObject({
      reason: 'not-covered',
      exit: 3,
    });
    const other = await world(2);
    await expect(proofsOf([3], ledger, estateId, [held(other.note)])).rejects.toMatchObject({
      ...{ reason: 'checkpoint-does-not-fit', exit: 3 },
    });
  });

  it('vouches for every entry before it that is here, since each names its predecessor', async () => {
    const { ledger, note, lines, signer } = await world(5);
    const [{ proof } = expect.fail()] = await proofsOf([9], ledger, estateId, [held(note)]);
    const part = lines.slice(3, 10);
    const { verdict } = await verifyLog({
      ...{ chunks: () => [bytesOf(part)], estateId: null, chain: false, isPart: true, store: 'what you were given' },
      evidence: { ...noEvidence, proofs: [{ proof, anchor: 'a proof' }], keys: [signer.vkey] },
    });
    expect(verdict).toMatchObject({ reason: 'verified', anchored: { seq: 9 }, tail: { entries: 1 } });
    expect(treeOf(lines).size).toBe(14);
  });
});
