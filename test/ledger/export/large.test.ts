import { spawn } from 'node:child_process';
import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sealed } from '#ledger/chain.ts';

const id = '0b7e4c52-5a0e-4f5d-9c6b-2f1d8c9f7a10';
const estate = `apiVersion: till/v1\nid: ${id}\nname: nordic\nmode: READ-WRITE\n`;

interface Run {
  readonly exit: number | null;
  readonly lines: number;
  readonly rss: number;
}

/** Says how much memory it took at most, when it ends. */
const watched = `data:text/javascript,process.on('exit',()=>process.stderr.write('RSS '+process.resourceUsage().maxRSS))`;

/**
 * Runs the program as it is built and counts what it prints, unhurriedly. Its heap could not hold the ledger, and its young part is
 * small, so that what is left to be collected does not look like what is kept.
 */
function till(folder: string, words: readonly string[]): Promise<Run> {
  const child = spawn(process.execPath, [resolve('bin/till.js'), ...words], {
    cwd: folder,
    env: {
      PATH: '',
      HOME: folder,
      XDG_STATE_HOME: folder,
      NODE_OPTIONS: `--max-old-space-size=40 --max-semi-space-size=1 --import "${watched}"`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let lines = 0;
  let err = '';
  child.stdout.on('data', (piece: Buffer) => {
    for (let at = piece.indexOf(0x0a); at !== -1; at = piece.indexOf(0x0a, at + 1)) {
      lines += 1;
    }
    // Whoever reads is slower than whoever writes.
    child.stdout.pause();
    setImmediate(() => child.stdout.resume());
  });
  child.stderr.on('data', (piece: Buffer) => {
    err += piece;
  });
  return new Promise((done) => {
    child.on('close', (exit) => done({ exit, lines, rss: Number(/RSS (\d+)/.exec(err)?.[1] ?? 0) }));
  });
}

/** A ledger of so many entries, the first written by the program itself. */
async function ledgerOf(count: number): Promise<string> {
  const folder = await mkdtemp(join(out, 'estate-'));
  await writeFile(join(folder, 'estate.yaml'), estate);
  await till(folder, ['audit', 'list']);
  const path = join(folder, 'till', id, 'ledger', 'ledger.jsonl');
  const last = (await readFile(path, 'utf8')).trimEnd().split('\n').at(-1) ?? '';
  const text = last.slice('{"entry":'.length, last.indexOf(',"ledger":"v1"'));
  let [seq, prev] = [Number(/"seq":(\d+)/.exec(last)?.[1]), /"sha256":"(\w+)"/.exec(last)?.[1] ?? ''];
  for (let left = count; left > 0; left -= 1_000) {
    const lines: string[] = [];
    for (let index = 0; index < 1_000; index += 1) {
      const next = sealed(text, seq + 1, prev);
      lines.push(`${next.line}\n`);
      [seq, prev] = [next.seq, next.hash];
    }
    await appendFile(path, lines.join(''));
  }
  return folder;
}

let [small, large, out] = ['', '', ''];
beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'till-large-'));
  small = await ledgerOf(10_000);
  large = await ledgerOf(100_000);
}, 120_000);
afterAll(() => rm(out, { recursive: true, force: true }));

describe('exporting a hundred thousand entries', { timeout: 240_000 }, () => {
  it.each(['jsonl', 'csv', 'ocsf', 'cef'])('as %s takes hardly more memory than a tenth of them', async (format) => {
    const few = await till(small, ['audit', 'export', '--format', format]);
    const many = await till(large, ['audit', 'export', '--format', format]);
    expect([few.exit, many.exit]).toEqual([0, 0]);
    expect(many.lines).toBeGreaterThan(100_000);
    expect(few.lines).toBeLessThan(10_100);
    expect(many.rss / few.rss).toBeLessThan(1.25);
  });

  it('into a file takes no more', async () => {
    const path = join(out, 'all.jsonl');
    const few = await till(small, ['audit', 'export', '--out', join(out, 'few.jsonl')]);
    const many = await till(large, ['audit', 'export', '--out', path]);
    expect([few.exit, many.exit]).toEqual([0, 0]);
    expect((await stat(path)).size).toBeGreaterThan(40_000_000);
    expect(many.rss / few.rss).toBeLessThan(1.25);
  });
});
