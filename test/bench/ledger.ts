import { createWriteStream } from 'node:fs';
import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { finished } from 'node:stream/promises';
import { admit } from '#ledger/admit.ts';
import { bodyOf, ledgerBody } from '#ledger/body.ts';
import { canonical, type Json } from '#ledger/canonical.ts';
import { noHash, sealed } from '#ledger/chain.ts';
import type { IntentDraft } from '#ledger/draft.ts';
import { openFileLedger } from '#ledger/file-store.ts';
import { thisProcess } from '#ledger/identity.ts';
import type { Ledger } from '#ledger/ledger.ts';
import { emptyState } from '#ledger/state.ts';
import { systemClock } from '#text/clock.ts';
import { measureVerifying } from './ledger-verify.ts';
import { against, median, type Ratio, round, run } from './ratio.ts';

const estateId = '8f2f4f8a-6f0e-4d3c-9f59-2f4e0f5c9a11';

/** Appending beside a bare write and fdatasync of as many bytes; verifying beside sha256sum of the same file. */
export async function measureLedger(entries = 200_000): Promise<readonly Ratio[]> {
  return [await appending(400), ...(await verifying(entries))];
}

async function appending(count: number): Promise<Ratio> {
  return inFolder(async (folder) => {
    const ledger = ledgerIn(folder);
    await ledger.append(draft(ledger.newId()));
    const { size } = await stat(join(folder, 'ledger.jsonl'));
    const bytes = Buffer.alloc(Math.round(size / 2), 'x');
    const bare = await open(join(folder, 'bare'), 'a');
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let turn = 0; turn < count; turn += 1) {
      const operation = ledger.newId();
      ours.push(await timed(() => ledger.append(draft(operation))));
      await ledger.append(outcomeOf(operation));
      theirs.push(
        await timed(async () => {
          await bare.write(bytes);
          await bare.datasync();
        }),
      );
    }
    await bare.close();
    await ledger.close();
    const measured = { ours: median(ours), theirs: median(theirs) };
    return against(
      'ledger: an intent on disk',
      'write + fdatasync',
      measured,
      6,
      `${perSecond(1, measured.ours)} per second`,
    );
  });
}

async function verifying(entries: number): Promise<readonly Ratio[]> {
  return inFolder(async (folder) => {
    const ledger = ledgerIn(folder);
    const path = join(folder, 'ledger.jsonl');
    await writeChain(path, entries, ledger.newId);
    const rounds = { ours: [] as number[], theirs: [] as number[] };
    for (let round = 0; round < 3; round += 1) {
      rounds.ours.push(await timed(async () => void (await mustHold(ledger))));
      rounds.theirs.push((await run('sha256sum', [path])).ms);
    }
    const byAuditor = await measureVerifying(path, entries);
    const measured = { ours: median(rounds.ours), theirs: median(rounds.theirs) };
    const note = `${perSecond(entries, measured.ours)} entries per second, ${round((await stat(path)).size / entries)} bytes each`;
    const verify = against(`ledger: verify the chain of ${entries} entries`, 'sha256sum', measured, 5, note);
    const rebuilt = await timed(() => ledgerIn(folder).state());
    const state = against('ledger: state from every entry', 'sha256sum', { ours: rebuilt, theirs: measured.theirs }, 8);
    await ledgerIn(folder).append(draft(ledger.newId()));
    const opened = await timed(() => ledgerIn(folder).state());
    const snapshot = against(
      'ledger: state from the snapshot',
      'from every entry',
      { ours: opened, theirs: rebuilt },
      0.1,
    );
    await ledger.close();
    return [verify, ...byAuditor, state, snapshot];
  });
}

async function mustHold(ledger: Ledger): Promise<void> {
  const { reason } = await ledger.verify({ chain: true });
  if (reason !== 'chain-holds') {
    throw new Error(`measured a chain that is ${reason}`);
  }
}

/** A sound chain of so many entries, without a disk's fsync for each. */
async function writeChain(path: string, entries: number, newId: () => string): Promise<void> {
  const out = createWriteStream(path, { mode: 0o600 });
  const { host, machine, user, uid, login, pid } = thisProcess();
  const asserted = { by: 'os', user, uid, login, host, pid } as const;
  const claimed = { app: 'till/0.1.0', person: null, tty: null, from: null, session: null };
  const state = emptyState();
  let prev = noHash;
  let operation = '';
  for (let seq = 1; seq <= entries; seq += 1) {
    operation = seq % 2 === 0 ? newId() : operation;
    const stamp = { id: newId(), at: new Date().toISOString(), actor: { asserted, claimed } };
    const body =
      seq === 1
        ? ledgerBody('genesis', { estate: estateId, host, machine, user, uid }, stamp)
        : bodyOf(admit(seq % 2 === 0 ? draft(operation) : outcomeOf(operation)), stamp, state);
    const link = sealed(canonical(body as unknown as Json), seq, prev);
    prev = link.hash;
    if (!out.write(`${link.line}\n`)) {
      await new Promise((resolve) => out.once('drain', () => resolve(null)));
    }
  }
  out.end();
  await finished(out);
}

function draft(operation: string): IntentDraft {
  return {
    ...{ kind: 'operation', phase: 'intent', operation, action: 'scale', params: { web: 6 }, reason: 'queue is long' },
    target: { tenants: ['harbour-shoes'], environment: 'production', kind: 'Deployment', name: 'odoo-web' },
  };
}

function outcomeOf(operation: string) {
  return { kind: 'operation', phase: 'outcome', operation, action: 'scale', outcome: { status: 'ok' } } as const;
}

function ledgerIn(folder: string): Ledger {
  return openFileLedger({ folder, estateId, clock: systemClock, identity: thisProcess() });
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'till-bench-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

function perSecond(count: number, milliseconds: number): number {
  return Math.round((count * 1_000) / milliseconds);
}

if (import.meta.main) {
  process.stdout.write(`${JSON.stringify(await measureLedger(Number(process.argv[2] ?? 200_000)), null, 2)}\n`);
}
