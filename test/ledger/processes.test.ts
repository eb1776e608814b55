import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, readdir, readFile, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { thisProcess } from '#ledger/identity.ts';
import { openLock } from '#ledger/lock.ts';
import { systemClock } from '#text/clock.ts';
import { all, estateId, forget, intent, ledgerIn, linesOf, newFolder, pathOf } from './world.ts';

const script = fileURLToPath(new URL('./children/append.ts', import.meta.url));
/** What the children are on this machine; so that the test may append to what they began. */
const identity = thisProcess();

interface Said {
  readonly child: ChildProcess;
  /** Places that it was told are on disk. */
  readonly seqs: number[];
  readonly error: () => { readonly reason: string; readonly exit: number } | null;
  readonly ended: Promise<unknown>;
}

/** Another process that appends; `shell` is put before it, in a shell of its own. */
function appending(order: Readonly<Record<string, unknown>>, shell = ''): Said {
  const json = JSON.stringify({ estateId, count: 1, action: 'scale', ...order });
  const child = spawn('/bin/sh', ['-c', `${shell} exec "$@"`, 'sh', process.execPath, script, json], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  const seqs: number[] = [];
  child.stdout?.on('data', (chunk) => {
    const lines = (text + chunk).split('\n');
    text = lines.pop() ?? '';
    seqs.push(...lines.filter((line) => line.startsWith('seq ')).map((line) => Number(line.slice(4))));
    told = lines.find((line) => line.startsWith('error '))?.slice(6) ?? told;
  });
  let told: string | null = null;
  const error = () => (told === null ? null : JSON.parse(told));
  return { child, seqs, error, ended: once(child, 'close') };
}

const soundly = { reason: 'chain-holds', findings: [] };

describe('many processes', () => {
  it('append at once: no fork, no loss, and everybody is told the place that the entry has', async () => {
    const folder = await newFolder();
    const many = Array.from({ length: 16 }, (_, index) =>
      appending({ folder, count: 8, ending: true, action: `action-${index}` }),
    );
    await Promise.all(many.map(({ ended }) => ended));

    expect(many.map(({ error }) => error())).toEqual(many.map(() => null));
    const told = many.flatMap(({ seqs }) => seqs).sort((a, b) => a - b);
    expect(told).toEqual(Array.from({ length: 16 * 8 * 2 }, (_, index) => index + 2));
    const ledger = ledgerIn(folder, { identity });
    expect(await ledger.verify({ chain: true })).toMatchObject({ ...soundly, entries: 257 });
    const mine = await all(ledger.entries({ action: 'action-7', phase: 'intent' }));
    expect(mine.map(({ params }) => params['index'])).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect((await ledger.state()).operations.size).toBe(0);
  }, 120_000);

  it('lose nothing that was acknowledged when one after the other is killed with -9', async () => {
    const folder = await newFolder();
    const acknowledged: number[] = [];
    for (let round = 0; round < 8; round += 1) {
      const [victim, witness] = [
        appending({ folder, count: 10_000, ballast: 20_000 }),
        appending({ folder, count: 3 }),
      ];
      const enough = 1 + (round % 5);
      await vi.waitUntil(() => victim.seqs.length >= enough, { timeout: 20_000, interval: 1 });
      victim.child.kill('SIGKILL');
      await Promise.all([victim.ended, witness.ended]);
      expect(witness.error()).toBeNull();
      expect(witness.seqs).toHaveLength(3);
      acknowledged.push(...victim.seqs, ...witness.seqs);
    }
    const ledger = ledgerIn(folder, { identity });
    await ledger.append(intent());
    expect(await ledger.verify({ chain: true })).toMatchObject(soundly);
    const there = new Set((await all(ledger.entries())).map(({ seq }) => seq));
    expect(acknowledged.filter((seq) => !there.has(seq))).toEqual([]);
    expect(new Set(acknowledged).size).toBe(acknowledged.length);
  }, 120_000);
});

describe('a crash in the middle of a line', () => {
  it('costs nothing that was acknowledged; the torn bytes are kept, and the chain says so', async () => {
    const folder = await newFolder();
    await ledgerIn(folder).append(intent());
    const before = await readFile(pathOf(folder));
    const torn = '{"entry":{"action":"sca';
    await writeFile(pathOf(folder), torn, { flag: 'a' });

    expect(await ledgerIn(folder).verify({ chain: true })).toMatchObject({ reason: 'torn', exit: 3, lastGood: 2 });
    expect((await ledgerIn(folder).state()).operations.size).toBe(1);
    const ledger = ledgerIn(folder);
    await ledger.append(intent());

    const [, , note] = await all(ledger.entries());
    expect(note).toMatchObject({ seq: 3, kind: 'ledger', phase: 'torn', params: { bytes: torn.length } });
    const [name = ''] = await readdir(join(folder, 'torn'));
    expect(note?.params['file']).toBe(name);
    expect(await readFile(join(folder, 'torn', name), 'utf8')).toBe(torn);
    expect((await readFile(pathOf(folder))).subarray(0, before.length)).toEqual(before);
    expect(await ledger.verify({ chain: true })).toMatchObject({ ...soundly, entries: 4 });
  });

  it('can come at every byte', async () => {
    const folder = await newFolder();
    const ledger = ledgerIn(folder);
    await ledger.append(intent());
    const whole = (await stat(pathOf(folder))).size;
    await ledger.append(intent());
    const end = (await stat(pathOf(folder))).size;
    const bytes = await readFile(pathOf(folder));
    for (let cut = whole; cut < end; cut += 37) {
      await writeFile(pathOf(folder), bytes);
      await truncate(pathOf(folder), cut);
      // The snapshot of a crash is from before it.
      await forget(folder);
      const after = ledgerIn(folder);
      await after.append(intent());
      expect(await after.verify({ chain: true }), `cut at ${cut}`).toMatchObject(soundly);
      expect(await linesOf(folder)).toHaveLength(cut === whole ? 3 : 4);
    }
  });

  it('leaves an entry for torn bytes also when the next process dies before it could write one', async () => {
    const folder = await newFolder();
    await ledgerIn(folder).append(intent());
    await mkdir(join(folder, 'torn'));
    await writeFile(join(folder, 'torn', '812-0123456789abcdef.unrecorded'), '{"entry":{');
    const ledger = ledgerIn(folder);
    await ledger.append(intent());
    expect(await all(ledger.entries({ phase: 'torn' }))).toMatchObject([{ params: { bytes: 10 } }]);
    expect(await readdir(join(folder, 'torn'))).toEqual(['812-0123456789abcdef']);
  });

  it('can come at the very first entry', async () => {
    const folder = await newFolder();
    await mkdir(folder);
    await writeFile(pathOf(folder), '{"entry":{"act');
    const ledger = ledgerIn(folder);
    await ledger.append(intent());
    expect((await all(ledger.entries())).map(({ phase }) => phase)).toEqual(['genesis', 'torn', 'intent']);
  });
});

describe('a disk that will not take it', () => {
  it('full: nothing of the entry stays, nobody is told that it was recorded, and room makes it work again', async () => {
    const folder = await newFolder();
    await ledgerIn(folder, { identity }).append(intent());
    const { size } = await stat(pathOf(folder));
    // A limit on the size of files is a full disk that needs no rights: the write is cut short, then refused.
    const blocks = Math.ceil(size / 512) + 8;
    const full = appending({ folder, count: 100, ballast: 1_000 }, `ulimit -f ${blocks};`);
    await full.ended;

    expect(full.error()).toMatchObject({ reason: 'ledger-full', exit: 7 });
    expect(full.seqs.length).toBeGreaterThan(0);
    const ledger = ledgerIn(folder, { identity });
    expect(await ledger.verify({ chain: true })).toMatchObject({ ...soundly, entries: 2 + full.seqs.length });
    await ledger.append(intent());
    expect(await all(ledger.entries({ phase: 'torn' }))).toEqual([]);
    // The operation that was never recorded has no lease either.
    expect(ledger.leases.all()).toHaveLength((await ledger.state()).operations.size);
  });

  it('read-only: says so and what to do', async () => {
    const nobody = process.getuid?.() === 0 ? 65_534 : (process.getuid?.() ?? 0);
    const folder = await newFolder();
    await mkdir(folder, { recursive: true });
    if (process.getuid?.() === 0) {
      await chmod(join(folder, '..'), 0o755);
      await chown(folder, nobody, nobody);
    }
    const first = appending({ folder, as: nobody });
    await first.ended;
    expect(first.seqs).toEqual([2]);
    await chmod(folder, 0o500);
    await chmod(pathOf(folder), 0o400);
    await chmod(join(folder, 'ledger.lock'), 0o400);
    const refused = appending({ folder, as: nobody });
    await refused.ended;
    expect(refused.error()).toMatchObject({ reason: 'ledger-read-only', exit: 7 });
    await chmod(folder, 0o700);
  });

  it('a link in the place of the ledger is not followed', async () => {
    const folder = await newFolder();
    await mkdir(folder);
    await writeFile(join(folder, 'elsewhere'), '');
    await symlink(join(folder, 'elsewhere'), pathOf(folder));
    await expect(ledgerIn(folder).append(intent())).rejects.toMatchObject({ reason: 'ledger-is-a-link', exit: 7 });
  });
});

describe('the lock', () => {
  it('held by another process: says who, exit 7, and may be tried again', async () => {
    const folder = await newFolder();
    await ledgerIn(folder, { identity }).append(intent());
    const lock = await openLock(join(folder, 'ledger.lock'), { clock: systemClock, waitMs: 1_000 });
    await lock.held(async () => {
      const waiting = appending({ folder, lockWaitMs: 200 });
      await waiting.ended;
      expect(waiting.error()).toMatchObject({
        reason: 'ledger-locked',
        exit: 7,
        message: expect.stringContaining(`process ${process.pid}`),
      });
    });
    lock.close();
    const after = appending({ folder });
    await after.ended;
    expect(after.seqs).toEqual([3]);
  });

  it('falls with its process, also when that is killed with -9', async () => {
    const folder = await newFolder();
    await mkdir(folder);
    const path = join(folder, 'ledger.lock');
    const holder = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `
        import { openLock } from '#ledger/lock.ts';
        import { systemClock as clock } from '#text/clock.ts';
        const lock = await openLock(${JSON.stringify(path)}, { clock, waitMs: 0 });
        await lock.held(() => new Promise(() => { console.log('held'); setInterval(() => {}, 1e6); }));`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await once(holder.stdout, 'data');
    const waiting = ledgerIn(folder, { clock: systemClock }).append(intent());
    holder.kill('SIGKILL');
    expect(await waiting).toMatchObject({ status: 'appended' });
  });

  it('keeps two of one process apart, too', async () => {
    const folder = await newFolder();
    const ledgers = Array.from({ length: 5 }, () => ledgerIn(folder, { clock: systemClock }));
    await Promise.all(ledgers.flatMap((ledger) => [ledger.append(intent()), ledger.append(intent())]));
    expect(await ledgerIn(folder).verify({ chain: true })).toMatchObject({ ...soundly, entries: 11 });
  });
});
