import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bundleFixture, type DrivenTerminal, drive } from './drive.ts';

let fixture: Awaited<ReturnType<typeof bundleFixture>>;
const running: DrivenTerminal[] = [];

beforeAll(async () => {
  fixture = await bundleFixture();
});
afterEach(() => {
  for (const { pty } of running.splice(0)) {
    try {
      pty.kill('SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
});
afterAll(() => fixture.remove());

const restored = { alternate: false, wraparound: true, bracketedPaste: false };

async function opened(env: Readonly<Record<string, string>> = {}, size: { columns?: number; rows?: number } = {}) {
  const terminal = drive(process.execPath, [fixture.path], {
    ...size,
    env: { XDG_CONFIG_HOME: join(fixture.folder, 'config'), FAKE_CLOCK: String(Date.UTC(2026, 10, 27, 9, 41)), ...env },
  });
  running.push(terminal);
  await terminal.shows(env['FAKE_TENANTS'] === undefined ? 'harbour-shoes' : 'shop-0001', 'UTC');
  return terminal;
}

/** As a shell around it would see it: the program has ended and the terminal still takes lines. */
async function leftAlone(terminal: DrivenTerminal, code: number) {
  const { exitCode } = await terminal.exited;
  expect(exitCode).toBe(code);
  await expect.poll(terminal.modes).toEqual(restored);
  expect(terminal.output()).toMatch(/\[\?25h/);
}

describe('the console in a terminal', () => {
  it('answers keys, also those that arrive together', async () => {
    const terminal = await opened();
    terminal.press('jj');
    await terminal.shows('▸ ? kaffe-te');
    terminal.press('\u001b[B\r');
    await terminal.shows('cedar-home  ▲ warn', '[Signals]');
    terminal.press('\u001b');
    await terminal.shows('▸ ▲ cedar-home');
  });

  it('takes a sequence that comes in two packets for one key', async () => {
    const terminal = await opened();
    terminal.press('\u001b');
    terminal.press('[');
    terminal.press('B');
    await terminal.shows('▸ ✖ maple-toys');
  });

  it('draws the same screen as one that was never resized', async () => {
    const resized = await opened({}, { columns: 120, rows: 40 });
    const fresh = await opened({}, { columns: 90, rows: 30 });
    resized.resize(20, 6);
    await resized.shows('too');
    resized.resize(200, 50);
    await resized.shows('nordic ▸ eu-prod eu-stage');
    resized.resize(90, 30);
    await expect.poll(resized.text).toBe(fresh.text());
    resized.press('j');
    fresh.press('j');
    await fresh.shows('▸ ✖ maple-toys');
    await expect.poll(resized.text).toBe(fresh.text());
  });

  it('survives a storm of resizes with keys in between', async () => {
    const stormy = await opened({ FAKE_TENANTS: '200', FAKE_LIVE: '1' }, { columns: 120, rows: 40 });
    const sizes = [80, 24, 20, 6, 200, 60, 31, 9, 140, 12, 64, 50, 25, 25, 100, 30];
    for (let index = 0; index < sizes.length; index += 2) {
      stormy.resize(sizes[index] ?? 80, sizes[index + 1] ?? 24);
      stormy.press(['j', 'G', '?', '\u001b', '\r', '\u001b[6~', '\u001b', 'k'][index / 2] ?? 'j');
    }
    const calm = await opened({ FAKE_TENANTS: '200', FAKE_LIVE: '1' }, { columns: 100, rows: 30 });
    stormy.press('g');
    calm.press('g');
    // Both are alive: they are compared as they are at one moment.
    await expect.poll(() => stormy.text() === calm.text(), { timeout: 15_000 }).toBe(true);
  });

  it('writes less than a kilobyte for a cursor move at 1,000 tenants', async () => {
    const terminal = await opened({ FAKE_TENANTS: '1000' }, { columns: 160, rows: 48 });
    await terminal.shows('▸ ✖ shop-0001');
    const before = terminal.output().length;
    terminal.press('j');
    await terminal.shows('▸ ✖ shop-0098');
    expect(Buffer.byteLength(terminal.output().slice(before))).toBeLessThan(1024);
  });

  it('keeps the theme for the next time, in a file of its own', async () => {
    const terminal = await opened();
    terminal.press(':theme light\r');
    const file = join(fixture.folder, 'config/till/preferences.json');
    await expect.poll(() => existsSync(file)).toBe(true);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ theme: 'light' });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    terminal.press('q');
    await leftAlone(terminal, 0);
    const again = await opened();
    expect(again.output()).toContain('38;5;28m');
  });
});

describe('the terminal is as it was found', () => {
  it('after q', async () => {
    const terminal = await opened();
    terminal.press('q');
    await leftAlone(terminal, 0);
    await terminal.shows('left with 0');
    expect(terminal.text()).not.toContain('harbour-shoes');
  });

  it('after Ctrl+C', async () => {
    const terminal = await opened();
    terminal.press('\u0003');
    await leftAlone(terminal, 0);
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'])('after %s', async (signal) => {
    const terminal = await opened();
    terminal.pty.kill(signal);
    await leftAlone(terminal, 130);
  });

  it('after an error that nobody caught, with one plain line', async () => {
    const terminal = await opened();
    terminal.pty.kill('SIGUSR2');
    await leftAlone(terminal, 1);
    await terminal.shows('the console stopped on an error of its own: Error: a bug');
    expect(terminal.text()).not.toContain('at ');
  });

  it('while the first frame waits for data', async () => {
    const terminal = drive(process.execPath, [fixture.path], { env: { FAKE_SLOW: '1' } });
    running.push(terminal);
    await terminal.shows('… reading the estate');
    terminal.press('q');
    await leftAlone(terminal, 0);
  });

  it('when its reader goes away in the middle', async () => {
    const terminal = drive('/bin/sh', [
      '-c',
      `"${process.execPath}" "${fixture.path}" | head -c 300 >/dev/null; echo gone`,
    ]);
    running.push(terminal);
    await terminal.shows('gone');
    await terminal.exited;
  });

  it('in the shell after Ctrl+Z, and the console comes back with fg', async () => {
    const shell = drive('/bin/bash', ['--norc', '-i'], {
      env: { PS1: 'prompt> ', FAKE_CLOCK: String(Date.UTC(2026, 10, 27, 9, 41)) },
    });
    running.push(shell);
    await shell.shows('prompt>');
    shell.press(`"${process.execPath}" "${fixture.path}"\r`);
    await shell.shows('▸ ✖ harbour-shoes');
    shell.press('j');
    await shell.shows('▸ ✖ maple-toys');
    shell.press('\u001a');
    await shell.shows('Stopped');
    expect(shell.modes()).toEqual({ ...restored, bracketedPaste: shell.modes().bracketedPaste });
    shell.press('echo back-$((40+2))\r');
    await shell.shows('back-42');
    shell.press('fg\r');
    await shell.shows('▸ ✖ maple-toys', 'Enter open');
    shell.press('j');
    await shell.shows('▸ ? kaffe-te');
    shell.press('q');
    await shell.shows('left with 0');
  });
});
