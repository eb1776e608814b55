import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { folderOf } from '../estate/folder.ts';
import { bundledProgram, type Program } from './program.ts';

let program: Program;
beforeAll(async () => {
  program = await bundledProgram();
});
afterAll(() => program.remove());

const id = '0b7e4c52-5a0e-4f5d-9c6b-2f1d8c9f7a10';
const estate = `apiVersion: till/v1\nid: ${id}\nname: nordic\nmode: READ-WRITE\n`;

/** An estate with an empty ledger, and one who follows it. */
async function following(...words: readonly string[]) {
  const folder = await folderOf({ 'estate.yaml': estate });
  const options = { folder, env: { XDG_STATE_HOME: folder } };
  const run = (...line: readonly string[]) => program.run(line, options);
  const { child, finished } = program.start(['audit', 'tail', '-o', 'jsonl', ...words], options);
  onTestFinished(() => void child.kill('SIGKILL'));
  let out = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  const lines = () =>
    out
      .split('\n')
      .filter((line) => line !== '')
      .map((line): { readonly phase: string; readonly kind: string; readonly seq: number; readonly action: string } =>
        JSON.parse(line),
      );
  let count = 0;
  return {
    run,
    lines,
    ledger: join(folder, 'till', id, 'ledger'),
    /** Opens incidents until one of them is heard of: nobody knows from outside when it begins to listen. */
    heard: async () => {
      const before = lines().length;
      await vi.waitFor(
        async () => {
          count += 1;
          expect(await run('incident', 'open', `trouble-${count}`, '--yes')).toMatchObject({ exit: 0 });
          expect(lines().length).toBeGreaterThan(before);
        },
        { timeout: 30_000 },
      );
    },
    interrupted: async () => {
      child.kill('SIGINT');
      return await finished;
    },
  };
}

describe('audit tail', { timeout: 60_000 }, () => {
  it('prints each entry as it comes, one JSON document a line, and ends at Ctrl-C with 130', async () => {
    const tail = await following();
    await tail.heard();
    await tail.run('incident', 'note', 'trouble-1', 'found it', '--yes');
    await vi.waitFor(() =>
      expect(tail.lines()).toContainEqual(expect.objectContaining({ kind: 'incident', phase: 'note' })),
    );
    const places = tail.lines().map(({ seq }) => seq);
    expect(places).toEqual([...new Set(places)].sort((a, b) => a - b));
    expect(await tail.interrupted()).toMatchObject({ exit: 130, err: '' });
  });

  it('leaves out nothing that is written between its first read and its first look: that it reads is such an entry', async () => {
    const tail = await following();
    await vi.waitFor(
      () =>
        expect(tail.lines()).toEqual([
          expect.objectContaining({ seq: 1, phase: 'genesis' }),
          expect.objectContaining({ seq: 2, kind: 'ledger', phase: 'read' }),
        ]),
      { timeout: 30_000 },
    );
    expect(await tail.interrupted()).toMatchObject({ exit: 130, err: '' });
  });

  it('ends soon after its reader has gone, with no news to write', async () => {
    const folder = await folderOf({ 'estate.yaml': estate });
    const line = `till audit tail -o jsonl | head -2; echo "$\{PIPESTATUS[0]}"`;
    const { out, err } = await program.shell(line, { folder, env: { XDG_STATE_HOME: folder } });
    expect(out.trimEnd().split('\n')).toHaveLength(3);
    expect(out.endsWith('\n0\n')).toBe(true);
    expect(err).toBe('');
  });

  it('prints only what the filter lets through', async () => {
    const tail = await following('--action', 'thaw');
    await tail.run('freeze', 'quiet', '--until', '+1h', '--reason', 'peak', '--yes');
    await vi.waitFor(
      async () => {
        await tail.run('freeze', 'again', '--until', '+1h', '--reason', 'peak', '--yes');
        await tail.run('thaw', 'again', '--reason', 'over', '--yes');
        expect(tail.lines().length).toBeGreaterThan(0);
      },
      { timeout: 30_000 },
    );
    expect(new Set(tail.lines().map(({ action }) => action))).toEqual(new Set(['thaw']));
    expect(await tail.interrupted()).toMatchObject({ exit: 130 });
  });

  it('goes on after the ledger was away for a while', async () => {
    const tail = await following();
    await tail.heard();
    const away = `${tail.ledger}-away`;
    await rename(tail.ledger, away);
    // Longer than it looks away: once there is none, and then another one stands in its place, which is shorter.
    await program.run(['version']);
    expect(await tail.run('incident', 'open', 'elsewhere', '--yes')).toMatchObject({ exit: 0 });
    await rename(tail.ledger, `${tail.ledger}-other`);
    await rename(away, tail.ledger);
    await tail.heard();
    const places = tail.lines().map(({ seq }) => seq);
    expect(places).toEqual([...new Set(places)]);
    expect(await tail.interrupted()).toMatchObject({ exit: 130, err: '' });
  });
});
