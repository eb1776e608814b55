import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkpointDue, isAnchoredAtOnce } from '#ledger/proof/checkpoint.ts';
import { readLastSigned } from '#ledger/proof/last-signed.ts';
import { newSecret, signerFrom } from '#ledger/proof/signer.ts';
import { checkpointIn } from '#ledger/verifier/checkpoint.ts';
import { noEvidence } from '#ledger/verifier/evidence.ts';
import { noteIn, openNote, verifierKey } from '#ledger/verifier/note.ts';
import { held, treeOf } from '../verifier/world.ts';
import { forget, ledgerIn, linesOf, rewrite } from '../world.ts';
import { signedLedger, work } from './world.ts';

const refused = { reason: 'checkpoint-inconsistent', exit: 4 };

describe('a checkpoint', () => {
  it('is a note over all entries, signed by the key, and verifies the ledger', async () => {
    const { folder, ledger, signer, make } = await signedLedger();
    await work(ledger, 2);
    const { note, size, isHeartbeat } = await make();
    const parsed = noteIn(note) ?? expect.fail();
    expect(openNote(parsed, [verifierKey(signer.vkey) ?? expect.fail()]).status).toBe('signed');
    expect(checkpointIn(parsed)?.root).toEqual(treeOf(await linesOf(folder)).root());
    expect([size, isHeartbeat]).toEqual([6, false]);
    const verification = await ledger.verify({ evidence: { ...noEvidence, notes: [held(note)] } });
    expect(verification).toMatchObject({ reason: 'verified', exit: 0, anchored: { seq: 6 } });
  });

  it('goes on from the last one as if it had read everything', async () => {
    const { folder, ledger, make } = await signedLedger();
    for (const operations of [1, 3, 0, 2]) {
      await work(ledger, operations);
      const { note, size, isHeartbeat } = await make();
      const root = checkpointIn(noteIn(note) ?? expect.fail())?.root;
      expect(root).toEqual(treeOf((await linesOf(folder)).slice(0, size)).root());
      expect(isHeartbeat).toBe(operations === 0);
    }
  });

  it('is refused for a ledger whose signed part was written anew, or cut off', async () => {
    const { folder, ledger, make } = await signedLedger();
    await work(ledger, 2);
    await make();
    const whole = await linesOf(folder);
    await rewrite(folder, () => `${whole.slice(0, 4).join('\n')}\n`);
    await forget(folder);
    await expect(make({ ledger: ledgerIn(folder) })).rejects.toMatchObject({ reason: 'ledger-broken', exit: 4 });
    await work(ledgerIn(folder), 2);
    await expect(make({ ledger: ledgerIn(folder) })).rejects.toMatchObject({ reason: 'ledger-broken', exit: 4 });
  });

  it('is refused where nothing was signed from here, and an anchor has seen something else', async () => {
    const { folder, ledger, make, signed } = await signedLedger();
    await work(ledger, 2);
    const { note } = await make();
    const whole = await linesOf(folder);
    await rm(signed, { recursive: true });
    await rewrite(folder, () => `${whole.slice(0, 4).join('\n')}\n`);
    await forget(folder);
    const heldOutside = async () => [held(note)];
    await expect(make({ ledger: ledgerIn(folder), heldOutside })).rejects.toMatchObject(refused);
    await rewrite(folder, () => `${whole.join('\n')}\n`);
    await forget(folder);
    await expect(make({ ledger: ledgerIn(folder), heldOutside })).resolves.toMatchObject({ size: 6 });
  });

  it('is refused while nobody can read what was signed last', async () => {
    const { ledger, make, signed } = await signedLedger();
    await work(ledger, 1);
    await make();
    await writeFile(join(signed, 'last-signed.json'), '{"size":3,"subtrees":[]}');
    await expect(make()).rejects.toMatchObject({ reason: 'last-signed-unreadable', exit: 4 });
  });

  it('belongs to another log after a break, and does not deny the first', async () => {
    const { folder, ledger, make, signed, clock } = await signedLedger();
    await work(ledger, 3);
    const before = await make();
    const whole = await linesOf(folder);
    await rewrite(folder, () => `${whole.slice(0, 6).join('\n')}\n`);
    await forget(folder);
    const restored = ledgerIn(folder, { clock });
    const { size, note } = before;
    await restored.append({
      ...{ kind: 'ledger', phase: 'epoch', reason: 'restored from Monday' },
      params: {
        ...{ epoch: restored.newId(), found: { size: 6, hash: 'x' }, lost: { from: 7, to: 8 } },
        anchored: { size, root: 'x', anchor: 'vault', note },
      },
    });
    const after = await make({ ledger: restored });
    expect([after.origin, after.size]).toEqual([`${before.origin}/epoch-7`, 7]);
    expect(readLastSigned(signed)).toMatchObject({ origin: after.origin, size: 7 });
    await work(restored, 1);
    expect(await make({ ledger: restored })).toMatchObject({ origin: after.origin, size: 9 });
  });
});

describe('the key that signs', () => {
  it('is the newest that the ledger lets sign and that is held here', async () => {
    const { ledger, ring, signer, clock } = await signedLedger();
    const now = clock.now();
    expect(ring.signerNow(await ledger.state(), now, null).vkey).toBe(signer.vkey);
    ring.make();
    expect(ring.held()).toHaveLength(2);
    expect(ring.signerNow(await ledger.state(), now, null).vkey).toBe(signer.vkey);
    const [from, until] = [new Date(now).toISOString(), new Date(now + 1_000).toISOString()];
    await ledger.append({
      kind: 'ledger',
      phase: 'key',
      params: { vkey: signer.vkey, status: 'retired', from, until },
    });
    expect(ring.signerNow(await ledger.state(), now, null).vkey).toBe(signer.vkey);
    const state = await ledger.state();
    expect(() => ring.signerNow(state, now + 1_000, null)).toThrow('no key that is held here may sign now');
  });

  it('may be a secret that the estate names, as a line or as a PEM, and nothing else', async () => {
    const { ledger, ring, clock } = await signedLedger();
    const state = await ledger.state();
    expect(() => ring.signerNow(state, clock.now(), newSecret('till/x'))).toThrow('may sign now');
    const unreadable = 'PRIVATE+KEY+till/x+00000000+AAAA';
    expect(() => ring.signerNow(state, clock.now(), unreadable)).toThrow(/^(?!.*AAAA).*no Ed25519 key/);
    const secret = newSecret('till/x');
    expect(signerFrom(secret.replace(/^(PRIVATE\+KEY\+till\/x\+)./, '$1z'), 'till/x')).toBeNull();
    expect(signerFrom('-----BEGIN PRIVATE KEY-----\nnonsense\n-----END PRIVATE KEY-----', 'till/x')).toBeNull();
  });
});

describe('the next checkpoint', () => {
  const rhythm = { every: 60, heartbeat: 3_600 };
  const due = (size: number, seq: number, seconds: number, isUrgent = false) =>
    checkpointDue({ size, at: 0 }, { seq, isAnchoredAtOnce: isUrgent }, seconds * 1_000, rhythm);

  it('is due when entries wait for long enough, at once for what is urgent, and now and then for nothing', () => {
    expect(checkpointDue(null, { seq: 3, isAnchoredAtOnce: false }, 0, rhythm)).toBe('first');
    expect(checkpointDue(null, { seq: 0, isAnchoredAtOnce: false }, 0, rhythm)).toBeNull();
    expect([due(3, 4, 59), due(3, 4, 60), due(3, 4, 1, true)]).toEqual([null, 'entries', 'at-once']);
    expect([due(3, 3, 3_599), due(3, 3, 3_600)]).toEqual([null, 'heartbeat']);
  });

  it('does not wait for break-glass, nor for what changes who may do what', () => {
    const about = (kind: 'grant' | 'policy' | 'ledger' | 'operation', phase: string, params = {}) =>
      isAnchoredAtOnce({ kind, phase, params });
    expect(about('grant', 'request', { form: 'break-glass' })).toBe(true);
    expect(about('policy', 'approve')).toBe(true);
    expect(about('ledger', 'prune')).toBe(true);
    expect([
      about('grant', 'request', { form: 'standard' }),
      about('operation', 'intent'),
      about('ledger', 'read'),
    ]).toEqual([false, false, false]);
  });
});
