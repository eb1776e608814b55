import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { FollowingDraft, IntentDraft } from '#ledger/draft.ts';
import type { LedgerEntry } from '#ledger/entry.ts';
import { type FileLedger, type FileLedgerOptions, openFileLedger } from '#ledger/file-store.ts';
import { type Identity, thisProcess } from '#ledger/identity.ts';
import { ulidMaker } from '#ledger/ulid.ts';

export const estateId = '8f2f4f8a-6f0e-4d3c-9f59-2f4e0f5c9a11';
export const noon = Date.parse('2026-11-27T12:00:00Z');

/** A clock that stands still until it is told. */
export function clockAt(time = noon): { now(): number; monotonic(): number; pass(milliseconds: number): void } {
  let passed = 0;
  return {
    now: () => time + passed,
    monotonic: () => passed,
    pass: (milliseconds) => {
      passed += milliseconds;
    },
  };
}

export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'till-ledger-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'ledger');
}

export const identity: Identity = { ...thisProcess(), user: 'alice', host: 'bastion-1' };

export function ledgerIn(folder: string, options: Partial<FileLedgerOptions> = {}): FileLedger {
  const ledger = openFileLedger({ folder, estateId, clock: clockAt(), identity, snapshotEvery: 1, ...options });
  onTestFinished(() => ledger.close());
  return ledger;
}

const newId = ulidMaker({ clock: { now: () => noon }, random: (count) => new Uint8Array(count) });

export function intent(fields: Partial<IntentDraft> = {}): IntentDraft {
  return {
    kind: 'operation',
    phase: 'intent',
    operation: newId(),
    action: 'scale',
    target: { tenants: ['harbour-shoes'], environment: 'production', kind: 'Deployment', name: 'odoo-web' },
    params: { web: 6 },
    reason: 'queue is long',
    ...fields,
  };
}

export function outcome(operation: string, status: 'ok' | 'failed' | 'unknown' = 'ok'): FollowingDraft {
  return { kind: 'operation', phase: 'outcome', operation, outcome: { status } };
}

export function freeze(fields: { readonly from?: string; readonly until?: string } = {}): FollowingDraft & {
  readonly params: { readonly freeze: string };
} {
  return {
    kind: 'freeze',
    phase: 'begin',
    reason: 'peak trading',
    params: {
      freeze: newId(),
      name: 'black-week',
      from: '2026-11-27T00:00:00Z',
      until: '2026-11-30T05:00:00Z',
      timezone: 'Europe/Stockholm',
      scope: { environments: ['production'] },
      allows: ['restart'],
      ...fields,
    },
  };
}

export { newId };

export async function all(entries: AsyncIterable<LedgerEntry>): Promise<readonly LedgerEntry[]> {
  const found: LedgerEntry[] = [];
  for await (const entry of entries) {
    found.push(entry);
  }
  return found;
}

/** What is kept beside the chain is gone: the next one has nothing but the chain. */
export async function forget(folder: string): Promise<void> {
  await rm(join(folder, 'snapshot.json'), { force: true });
  await rm(join(folder, 'last.json'), { force: true });
}

export const pathOf = (folder: string) => join(folder, 'ledger.jsonl');

export async function linesOf(folder: string): Promise<readonly string[]> {
  return (await readFile(pathOf(folder), 'utf8')).split('\n').slice(0, -1);
}

export async function rewrite(folder: string, change: (text: string) => string): Promise<void> {
  await writeFile(pathOf(folder), change(await readFile(pathOf(folder), 'utf8')));
}
