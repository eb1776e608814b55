import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '#sandbox/sandbox.ts';
import { tables } from '../sandbox/tables.ts';
import { type DrivenTerminal, drive } from './drive.ts';

const till = resolve(import.meta.dirname, '../../bin/till.js');
let folder: string;
let sandbox: Sandbox;
let terminal: DrivenTerminal;

beforeAll(async () => {
  expect(existsSync(resolve(till, '../../dist/main.js')), 'npm run build comes first').toBe(true);
  folder = await mkdtemp(join(tmpdir(), 'till-acting-'));
  sandbox = await startSandbox({ folder: join(folder, 'sandbox'), tenants: 6, seed: 7, tables });
  terminal = drive(process.execPath, [till, '--estate', sandbox.estatePath], {
    columns: 120,
    rows: 40,
    env: { HOME: folder, XDG_CONFIG_HOME: join(folder, 'config'), XDG_STATE_HOME: join(folder, 'state') },
  });
});
afterAll(async () => {
  terminal?.pty.kill('SIGKILL');
  await sandbox?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Until the screen shows it; what depends on a living estate takes its time. */
const until = (text: string | RegExp) =>
  expect.poll(() => terminal.text(), { timeout: 60_000, interval: 50 }).toMatch(text);

describe('09:43, the lock storm is ended from the console', () => {
  it('plans to end the session at the head of the tree, and says whose it is', async () => {
    await until('✖ 0  ▲ 0  ● 6  ? 0');
    await sandbox.rehearsal.begin('lock-storm', 'harbour-shoes');
    await until(/▸ ✖ harbour-shoes .* sessions blocked/);
    // What is typed ahead of the question is not its answer.
    terminal.press('Kharbour-shoes\r');
    await terminal.shows('Terminate session harbour-shoes', 'Changes', 'pg_terminate_backend', 'severe');
    expect(terminal.text()).toContain('Reason: ▏');
    expect(terminal.text()).not.toContain('begun');
  });

  it('does nothing for a wrong name, and for the right one only with a reason', async () => {
    await expect
      .poll(
        () => {
          terminal.press('x');
          return terminal.text();
        },
        { timeout: 5_000, interval: 100 },
      )
      .toContain('Reason: x');
    terminal.press('\u0015orders stand still\r');
    await terminal.shows('Reason: orders stand still', 'Type harbour-shoes to do it: ▏');
    terminal.press('maple-toys\r');
    await terminal.shows('that is not harbour-shoes; nothing was done');
    terminal.press('\u0015harbour-shoes\r');
    await until(/● terminate-session harbour-shoes: ok/);
  });

  it('sees the sessions go and the tenant well again', async () => {
    await until('✖ 0  ▲ 0  ● 6  ? 0');
    expect(terminal.text()).not.toContain('sessions blocked');
  });

  it('finds it among the operations, and the whole story in the ledger', async () => {
    terminal.press('o');
    await terminal.shows('Operations', '● ok', 'terminate-session harbour-shoes');
    terminal.press('\r');
    await terminal.shows('Ledger of', 'intent terminate-session harbour-shoes', 'outcome', 'orders stand still');
    terminal.press('G\r');
    await terminal.shows('Entry', 'plan.digest', 'reason', 'orders stand still');
    terminal.press('q');
    expect((await terminal.exited).exitCode).toBe(0);
  });
});
