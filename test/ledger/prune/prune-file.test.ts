import { hash } from 'node:crypto';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Ledger } from '#ledger/ledger.ts';
import { makeCheckpoint } from '#ledger/proof/checkpoint.ts';
import { newSecret, signerFrom } from '#ledger/proof/signer.ts';
import { keptSince, type PruneSpan, proposalFor, propose, prune, spanBefore } from '#ledger/prune.ts';
import { noEvidence } from '#ledger/verifier/evidence.ts';
import { clockAt, estateId, freeze, intent, ledgerIn, newFolder, outcome } from '../world.ts';

const day = 86_400_000;
const old = Date.parse('2025-01-15T12:00:00Z');
const before = Date.parse('2025-03-01T00:00:00Z');

/** A ledger of 2025 that goes on two years later: entries to take out, and entries to keep. */
async function oldLedger(options: { readonly snapshotEvery?: number } = {}) {
  const folder = await newFolder();
  const clock = clockAt(old);
  const ledger = ledgerIn(folder, { clock, ...options });
  const operations = await acts(ledger, 5);
  const standing = freeze({ from: '2025-01-01T00:00:00Z', until: '2029-01-01T00:00:00Z' });
  await ledger.append(standing);
  clock.pass(2 * 365 * day);
  await acts(ledger, 5);
  const path = join(folder, 'ledger.jsonl');
  return { folder, clock, ledger, operations, standing, path, archive: join(folder, '..', 'archive.jsonl') };
}

async function acts(ledger: Ledger, count: number): Promise<readonly string[]> {
  const operations: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const draft = intent({ operation: ledger.newId() });
    await ledger.append(draft);
    await ledger.append(outcome(draft.operation));
    operations.push(draft.operation);
  }
  return operations;
}

const seqs = async (ledger: Ledger) => {
  const found: number[] = [];
  for await (const { seq } of ledger.entries()) {
    found.push(seq);
  }
  return found;
};

async function pruned(ledger: Ledger, archive: string): Promise<PruneSpan> {
  const span = await spanBefore(ledger, before, 13);
  await propose(ledger, span, 'retention');
  await prune(ledger, span, archive, 'retention');
  return span;
}

describe('pruning a ledger in a file', () => {
  it('keeps the bytes of the rest as they were, and the archive has the others', async () => {
    const { ledger, path, archive } = await oldLedger();
    const whole = readFileSync(path, 'utf8');
    const span = await pruned(ledger, archive);
    const [taken, left] = [readFileSync(archive, 'utf8'), readFileSync(path, 'utf8')];
    expect(span).toMatchObject({ first: 1, upTo: 12 });
    expect(whole.startsWith(taken)).toBe(true);
    expect((taken + left).startsWith(whole)).toBe(true);
    expect(taken.split('\n')).toHaveLength(13);
    expect(statSync(archive).mode & 0o777).toBe(0o600);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('names in the record the hash of the archive, which is the file that is there', async () => {
    const { ledger, archive } = await oldLedger();
    await pruned(ledger, archive);
    for await (const { params } of ledger.newest({ phase: 'prune', limit: 1 })) {
      expect(params['sha256']).toBe(hash('sha256', readFileSync(archive)));
    }
  });

  it('verifies from the record on, and the chain goes on', async () => {
    const { ledger, archive } = await oldLedger();
    await pruned(ledger, archive);
    await acts(ledger, 3);
    const verdict = await ledger.verify({ chain: true });
    expect(verdict).toMatchObject({ exit: 0, reason: 'chain-holds' });
    expect(verdict.remarks.map(({ notice }) => notice)).toContain('pruned');
    expect((await seqs(ledger))[0]).toBe(13);
  });

  it('still fits the checkpoints of before, of after, and makes new ones', async () => {
    const { ledger, archive, folder, clock } = await oldLedger();
    const signer = signerFrom(newSecret(`till/${estateId}`), `till/${estateId}`);
    if (signer === null) {
      throw new Error('no key');
    }
    const made = async () =>
      await makeCheckpoint({
        ...{ ledger, estateId, signer, folder: join(folder, '..', 'signed'), now: clock.now() },
        heldOutside: async () => [],
      });
    const first = await made();
    await pruned(ledger, archive);
    await acts(ledger, 2);
    const second = await made();
    const notes = [first, second].map(({ note }) => ({ note, anchor: 'vault', at: clock.now() }));
    const evidence = { ...noEvidence, notes, keys: [signer.vkey], now: clock.now() };
    expect(await ledger.verify({ evidence })).toMatchObject({ exit: 0, reason: 'verified' });
    expect(second.size).toBeGreaterThan(first.size);
  });

  it('is found when more than the record says is gone', async () => {
    const { ledger, archive, path } = await oldLedger();
    await pruned(ledger, archive);
    const [, ...rest] = readFileSync(path, 'utf8').split('\n');
    writeFileSync(path, rest.join('\n'));
    expect(await ledger.verify({ chain: true })).toMatchObject({ exit: 3, reason: 'tampered' });
  });

  it('keeps the state that only the removed entries told, for every process', async () => {
    const { ledger, archive, folder, clock, standing } = await oldLedger();
    const other = ledgerIn(folder, { clock });
    expect((await other.state()).freezes.has(standing.params.freeze)).toBe(true);
    await pruned(ledger, archive);
    rmSync(join(folder, 'snapshot.json'), { force: true });
    for (const reader of [ledger, other, ledgerIn(folder, { clock })]) {
      expect((await reader.state()).freezes.has(standing.params.freeze)).toBe(true);
      expect((await reader.state()).home?.estate).toBe(estateId);
    }
    await acts(other, 1);
    expect(await other.verify({ chain: true })).toMatchObject({ exit: 0 });
  });

  it('can be done again, a year later', async () => {
    const { ledger, archive, clock } = await oldLedger();
    await pruned(ledger, archive);
    clock.pass(2 * 365 * day);
    await acts(ledger, 1);
    const span = await spanBefore(ledger, clock.now() - 500 * day, 13);
    expect(span.first).toBe(13);
    await propose(ledger, span, 'retention');
    await prune(ledger, span, `${archive}.2`, 'retention');
    expect(await ledger.verify({ chain: true })).toMatchObject({ exit: 0 });
    expect(readFileSync(archive, 'utf8') + readFileSync(`${archive}.2`, 'utf8')).toMatch(
      /"seq":12,[^\n]*\n[^\n]*"seq":13,/,
    );
  });

  it('goes on where a crash left it after the record', async () => {
    const { ledger, folder, clock } = await oldLedger();
    const { first: _, lastAt: __, ...params } = await spanBefore(ledger, before, 13);
    await ledger.append({
      ...{ kind: 'ledger', phase: 'prune', reason: 'retention' },
      params: { ...params, range: [...params.range], archive: '/a', sha256: '0'.repeat(64) },
    });
    expect(await ledger.verify({ chain: true })).toMatchObject({ exit: 0 });
    const next = ledgerIn(folder, { clock });
    expect(await next.removePruned()).toBe(12);
    expect(await next.removePruned()).toBe(0);
    expect(await next.verify({ chain: true })).toMatchObject({ exit: 0 });
  });

  it('is whole when it died before the file had its name: what is to be the beginning does not count yet', async () => {
    const { ledger, archive, folder, path, clock } = await oldLedger();
    const whole = readFileSync(path);
    await pruned(ledger, archive);
    writeFileSync(path, whole);
    rmSync(join(folder, 'snapshot.json'), { force: true });
    rmSync(join(folder, 'last.json'), { force: true });
    const next = ledgerIn(folder, { clock });
    expect(await next.verify({ chain: true })).toMatchObject({ exit: 0 });
    expect((await next.state()).freezes.size).toBe(1);
  });
});

describe('what may be pruned', () => {
  it('is nothing younger than thirteen months, whatever the estate says', async () => {
    const { ledger, clock } = await oldLedger();
    const young = clock.now() - 390 * day;
    await expect(spanBefore(ledger, young, 13)).rejects.toMatchObject({ reason: 'too-young', exit: 4 });
    await expect(spanBefore(ledger, young, 1)).rejects.toMatchObject({ reason: 'too-young', exit: 4 });
    await expect(spanBefore(ledger, clock.now() - 430 * day, 24)).rejects.toMatchObject({ reason: 'too-young' });
  });

  it('counts months by the calendar', () => {
    expect(new Date(keptSince(Date.parse('2026-03-31T10:00:00Z'), 13)).toISOString()).toBe('2025-02-28T10:00:00.000Z');
    expect(new Date(keptSince(Date.parse('2026-11-22T10:00:00Z'), 13)).toISOString()).toBe('2025-10-22T10:00:00.000Z');
  });

  it('is nothing of a ledger that does not hold', async () => {
    const { ledger, path, archive } = await oldLedger();
    const span = await spanBefore(ledger, before, 13);
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace('queue is long', 'queue is tall'));
    await expect(prune(ledger, span, archive, 'retention')).rejects.toMatchObject({ reason: 'ledger-broken' });
  });

  it('is proposed first, for the very same span', async () => {
    const { ledger } = await oldLedger();
    const span = await spanBefore(ledger, before, 13);
    expect(await proposalFor(ledger, span)).toBeNull();
    await propose(ledger, span, 'retention');
    expect(await proposalFor(ledger, { ...span, upTo: span.upTo - 1 })).toBeNull();
    expect(await proposalFor(ledger, span)).toMatchObject({ isByAnother: true });
  });

  it('does not write over an archive that is there', async () => {
    const { ledger, archive, path } = await oldLedger();
    writeFileSync(archive, 'mine');
    const whole = readFileSync(path, 'utf8');
    await expect(pruned(ledger, archive)).rejects.toMatchObject({ reason: 'file-exists' });
    expect(readFileSync(archive, 'utf8')).toBe('mine');
    expect(readFileSync(path, 'utf8').startsWith(whole)).toBe(true);
  });
});
