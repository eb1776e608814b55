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
  folder = await mkdtemp(join(tmpdir(), 'till-journey-'));
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

describe('09:41, the incident commander at the real program on a living estate', () => {
  it('sees every tenant', async () => {
    await terminal.shows('6 tenants', '● k8s', '● pg', '● redis', 'orders / 15 min');
    await expect.poll(() => terminal.text(), { timeout: 60_000 }).toContain('✖ 0  ▲ 0  ● 6  ? 0');
  });

  it('sees within seconds who is hurt, and by what', async () => {
    await sandbox.rehearsal.begin('lock-storm', 'harbour-shoes');
    await expect.poll(() => terminal.text(), { timeout: 60_000 }).toMatch(/▸ ✖ harbour-shoes .* sessions blocked/);
  });

  it('opens the tenant, and the tree of who waits for whom', async () => {
    terminal.press('\r');
    await terminal.shows('harbour-shoes  ✖ critical', '✖ Blocked sessions');
    terminal.press('4');
    await terminal.shows('[Sessions]', 'idle in xact', '14 wait for it', 'UPDATE stock_quant');
    expect(terminal.text()).toMatch(/✖ \d+ +14/);
  });

  it('sees that it is over', async () => {
    await sandbox.rehearsal.end('lock-storm', 'harbour-shoes');
    terminal.press('\u001b');
    await expect.poll(() => terminal.text(), { timeout: 60_000 }).not.toContain('sessions blocked');
  });

  it('leaves, and finds the last picture at once when coming back', async () => {
    terminal.press('q');
    expect((await terminal.exited).exitCode).toBe(0);
    expect(terminal.modes()).toEqual({ alternate: false, wraparound: true, bracketedPaste: false });
    terminal = drive(process.execPath, [till, '--estate', sandbox.estatePath], {
      columns: 120,
      rows: 40,
      env: { HOME: folder, XDG_CONFIG_HOME: join(folder, 'config'), XDG_STATE_HOME: join(folder, 'state') },
    });
    await terminal.shows('harbour-shoes', '6 tenants');
    expect(terminal.output()).toContain('last picture');
    await expect.poll(() => terminal.text(), { timeout: 60_000 }).not.toContain('last picture');
    terminal.press('q');
    expect((await terminal.exited).exitCode).toBe(0);
  });
});
