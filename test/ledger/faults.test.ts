import { execFile } from 'node:child_process';
import { cp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { thisProcess } from '#ledger/identity.ts';
import { all, estateId, intent, ledgerIn, newFolder, outcome } from './world.ts';

/**
 * The way of Tessera's fault tests: list every call that changes a file, then run once for each call with the process
 * killed, or the call failing, at exactly that place (facts: access-audit.md §2.9). A write fails half written.
 */
const script = fileURLToPath(new URL('./children/act.ts', import.meta.url));
const identity = thisProcess();

interface Said {
  readonly folder: string;
  readonly seq?: number;
  readonly reason?: string;
  readonly exit?: number;
  readonly changes?: number;
  readonly calls?: readonly string[];
}

/** Another process that acts once in each folder; the change that fails is `first` in the first, the next in the next. */
function act(folders: readonly string[], first: number, how: string): Promise<readonly Said[]> {
  const order = JSON.stringify({ folders, estateId, first, how });
  return new Promise((resolve) => {
    execFile(process.execPath, [script, order], (_, stdout) =>
      resolve(
        stdout
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line)),
      ),
    );
  });
}

/** What anybody finds afterwards: everything acknowledged is there, the chain holds, and work goes on. */
async function mustBeWell(folder: string, said: readonly Said[], what: string): Promise<void> {
  const acknowledged = said.flatMap(({ seq }) => seq ?? []);
  const ledger = ledgerIn(folder, { identity });
  for (const { operation } of await ledger.lapsed()) {
    await ledger.append({ kind: 'operation', phase: 'reconciled', operation, outcome: { status: 'indeterminate' } });
  }
  const last = intent();
  await ledger.append(last);
  await ledger.append(outcome(last.operation));
  const there = new Map((await all(ledger.entries())).map((entry) => [entry.seq, entry]));
  expect(
    acknowledged.filter((seq) => !there.has(seq)),
    what,
  ).toEqual([]);
  expect(await ledger.verify({ chain: true }), what).toMatchObject({ reason: 'chain-holds', findings: [] });
  const state = await ledger.state();
  expect([...state.operations.keys()], what).toEqual([]);
  expect(ledger.leases.all(), what).toEqual([]);
  const torn = await readdir(join(folder, 'torn')).catch(() => []);
  expect(
    torn.filter((name) => name.endsWith('.unrecorded')),
    what,
  ).toEqual([]);
  expect(await all(ledger.entries({ phase: 'torn' })), what).toHaveLength(torn.length);
}

/** Acts once for each change of a file, failing there; the number of changes. */
async function everyPlace(prepare: (folder: string) => Promise<void>, how: string): Promise<number> {
  const [probe, base] = [await newFolder(), await newFolder()];
  await prepare(probe);
  await prepare(base);
  const { changes = 0, calls = [] } = (await act([probe], 0, how)).at(-1) ?? {};
  const folders = calls.map((_, index) => `${base}-${index + 1}`);
  await Promise.all(folders.map((folder) => cp(base, folder, { recursive: true }).catch(() => undefined)));
  const said =
    how === 'SIGKILL'
      ? await inTwos(folders, (folder, index) => act([folder], index + 1, how))
      : await act(folders, 1, how);
  for (const [index, folder] of folders.entries()) {
    const what = `${how} at change ${index + 1}, ${calls[index]}`;
    const here = said.filter((word) => word.folder === folder);
    expect(
      here.flatMap(({ exit }) => exit ?? 7).every((exit) => exit === 7 || exit === 4),
      what,
    ).toBe(true);
    await mustBeWell(folder, here, what);
  }
  return changes;
}

async function inTwos<T>(items: readonly string[], work: (item: string, index: number) => Promise<readonly T[]>) {
  const done: T[] = [];
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) {
      done.push(...(await work(item, index)));
    }
  };
  await Promise.all([worker(), worker()]);
  return done;
}

const nothing = async () => undefined;

async function aLedger(folder: string): Promise<void> {
  const ledger = ledgerIn(folder, { identity, snapshotEvery: 2 });
  const begun = intent();
  await ledger.append(begun);
  await ledger.append(outcome(begun.operation));
}

const title = 'leaves a sound chain that lacks nothing it acknowledged: %s';

describe('the first entry of all, when the disk fails at every single change of a file', () => {
  it.each(['gone', 'ENOSPC', 'EIO'])(
    title,
    async (how) => {
      expect(await everyPlace(nothing, how)).toBeGreaterThan(20);
    },
    120_000,
  );
});

describe('an entry, when the process is killed or the disk fails at every single change of a file', () => {
  it.each(['SIGKILL', 'gone', 'ENOSPC', 'EIO'])(
    title,
    async (how) => {
      expect(await everyPlace(aLedger, how)).toBeGreaterThan(10);
    },
    120_000,
  );
});
