import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type IPty, spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { expect, vi } from 'vitest';
import { bundle } from '../../scripts/bundle.ts';

/** The console on a made-up estate, bundled as the program is. Made once for a test file. */
export async function bundleFixture(): Promise<{ readonly path: string; readonly folder: string; remove(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'till-terminal-'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  await bundle({ entryPoints: { console: 'test/terminal/fixtures/console.ts' }, outdir: folder });
  return { path: join(folder, 'console.js'), folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export interface DrivenTerminal {
  readonly pty: IPty;
  lines(): readonly string[];
  text(): string;
  /** Everything that came from the program. */
  output(): string;
  press(keys: string): void;
  shows(...texts: readonly string[]): Promise<void>;
  resize(columns: number, rows: number): void;
  readonly exited: Promise<{ readonly exitCode: number; readonly signal?: number | undefined }>;
  readonly modes: () => { readonly alternate: boolean; readonly wraparound: boolean; readonly bracketedPaste: boolean };
}

/** A program in a pseudo-terminal, and the terminal it draws on. */
export function drive(
  file: string,
  args: readonly string[],
  {
    columns = 80,
    rows = 24,
    env = {},
  }: { columns?: number; rows?: number; env?: Readonly<Record<string, string>> } = {},
): DrivenTerminal {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  const pty = spawn(file, [...args], {
    cols: columns,
    rows,
    name: 'xterm-256color',
    env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', TZ: 'UTC', ...env },
  });
  let output = '';
  pty.onData((data) => {
    output += data;
    terminal.write(data);
  });
  const { promise: exited, resolve } = Promise.withResolvers<{ exitCode: number; signal?: number | undefined }>();
  pty.onExit(resolve);
  const lines = () => {
    const { active } = terminal.buffer;
    return Array.from(
      { length: terminal.rows },
      (_, row) => active.getLine(active.baseY + row)?.translateToString(true) ?? '',
    );
  };
  const text = () => lines().join('\n');
  return {
    pty,
    lines,
    text,
    output: () => output,
    press: (keys) => pty.write(keys),
    shows: (...texts) =>
      vi.waitFor(
        () => {
          for (const one of texts) {
            expect(text()).toContain(one);
          }
        },
        { timeout: 15_000, interval: 10 },
      ),
    resize(nextColumns, nextRows) {
      terminal.resize(nextColumns, nextRows);
      pty.resize(nextColumns, nextRows);
    },
    exited,
    modes: () => ({
      alternate: terminal.buffer.active.type === 'alternate',
      wraparound: terminal.modes.wraparoundMode,
      bracketedPaste: terminal.modes.bracketedPasteMode,
    }),
  };
}
