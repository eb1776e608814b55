import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Ledger } from '#ledger/ledger.ts';
import { makeCheckpoint } from '#ledger/proof/checkpoint.ts';
import { proofsOf } from '#ledger/proof/inclusion.ts';
import { Keyring } from '#ledger/proof/keyring.ts';
import { noEvidence } from '#ledger/verifier/evidence.ts';
import { ledgerAs, newWorld, type World } from '../postgres/world.ts';
import { held } from '../verifier/world.ts';
import { estateId } from '../world.ts';
import { work } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await newWorld();
});
afterAll(() => world.stop());

async function signed() {
  const database = await world.newLedger();
  const ledger: Ledger = ledgerAs(database);
  const home = await mkdtemp(join(tmpdir(), 'till-signed-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const signer = new Keyring(join(home, 'keys'), estateId).make();
  const from = new Date().toISOString();
  await ledger.append({
    kind: 'ledger',
    phase: 'key',
    params: { vkey: signer.vkey, status: 'added', from, until: null },
  });
  const make = () =>
    makeCheckpoint({
      ...{ ledger, estateId, signer, folder: join(home, 'checkpoints'), now: Date.now() },
      heldOutside: async () => [],
    });
  const verify = (...notes: readonly string[]) =>
    ledger.verify({ evidence: { ...noEvidence, notes: notes.map((note) => held(note)), keys: [signer.vkey] } });
  return { database, ledger, make, verify };
}

/** As somebody does who owns the server: triggers stop accidents, anchors stop people (facts: access-audit.md §2.8). */
const byForce = (sql: string) =>
  `ALTER TABLE till_ledger.entry DISABLE TRIGGER ALL; ${sql}; ALTER TABLE till_ledger.entry ENABLE TRIGGER ALL`;

describe('a ledger in PostgreSQL', () => {
  it('is signed, goes on from what was signed, and is verified like a file', async () => {
    const { ledger, make, verify } = await signed();
    await work(ledger, 2);
    const first = await make();
    expect(await verify(first.note)).toMatchObject({ reason: 'verified', anchored: { seq: 6 }, tail: { entries: 0 } });
    await work(ledger, 1);
    const second = await make();
    expect(second.size).toBe(8);
    expect(await verify(first.note, second.note)).toMatchObject({
      reason: 'verified',
      exit: 0,
      findings: [],
      entries: 8,
    });
    expect(await proofsOf([3, 8], ledger, estateId, [held(second.note)])).toHaveLength(2);
  });

  it('verifies while others write', async () => {
    const { ledger, make, verify } = await signed();
    await work(ledger, 1);
    const { note } = await make();
    const [verification] = await Promise.all([verify(note), work(ledger, 5)]);
    expect(verification).toMatchObject({ reason: 'verified', findings: [] });
  });

  it('shows what the owner of its server did to it', async () => {
    const { database, ledger, make, verify } = await signed();
    await work(ledger, 3);
    const { note } = await make();
    const edit = "UPDATE till_ledger.entry SET line = replace(line, 'queue is long', 'queue is fine') WHERE seq = 5";
    await database.sql(byForce(edit));
    expect(await verify(note)).toMatchObject({ reason: 'tampered', findings: [{ fault: 'content', seq: 5 }] });
    await database.sql(byForce('DELETE FROM till_ledger.entry WHERE seq > 6'));
    const cut = await verify(note);
    expect(cut.findings.map(({ fault, seq }) => `${fault} ${seq}`)).toEqual(['content 5', 'head 7', 'truncated 8']);
    await expect(make()).rejects.toMatchObject({ reason: 'ledger-broken', exit: 4 });
  });
});
