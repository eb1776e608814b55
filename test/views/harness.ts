import { PassThrough, Writable } from 'node:stream';
import xterm from '@xterm/headless';
import { expect, vi } from 'vitest';
import type { Picture, Watcher } from '#health/watcher.ts';
import type { ExitCode } from '#text/till-error.ts';
import { type ConsoleOptions, openConsole } from '#views/console.ts';
import type { Preferences } from '#views/preferences.ts';
import { aWatcher, blackFriday, type FakeWatcher } from './makers.ts';

export interface TestClock {
  now(): number;
  monotonic(): number;
  /** Epoch milliseconds from now on. */
  set(at: number): void;
  /** Moves the monotonic clock on by so much. */
  pass(ms: number): void;
}

export interface TestScreen {
  /** What the terminal shows, row by row, without blanks at the ends. */
  lines(): readonly string[];
  text(): string;
  line(row: number): string;
  /** The row that the text stands in; -1 when it is nowhere. */
  rowOf(text: string): number;
  /** Everything that was written to the terminal so far. */
  written(): string;
  press(...keys: readonly string[]): void;
  /** Waits until the screen shows it; `press` and then this is how tests go on. */
  shows(...texts: readonly string[]): Promise<void>;
  hides(text: string): Promise<void>;
  resize(columns: number, rows: number): void;
  readonly watcher: FakeWatcher;
  readonly clock: TestClock;
  readonly saved: { theme?: string; history?: readonly string[] };
  /** Resolves when the console was left. */
  readonly left: Promise<ExitCode>;
  readonly isRaw: () => boolean;
  readonly modes: () => { readonly alternate: boolean; readonly wraparound: boolean; readonly bracketedPaste: boolean };
}

const sequences: Readonly<Record<string, string>> = {
  enter: '\r',
  esc: '\u001b',
  tab: '\t',
  'shift+tab': '\u001b[Z',
  space: ' ',
  up: '\u001b[A',
  down: '\u001b[B',
  left: '\u001b[D',
  right: '\u001b[C',
  home: '\u001b[H',
  end: '\u001b[F',
  pageup: '\u001b[5~',
  pagedown: '\u001b[6~',
  backspace: '\u007f',
  'ctrl+c': '\u0003',
  'ctrl+l': '\u000c',
  'ctrl+u': '\u0015',
};

const open: { leave(): void }[] = [];

/** Opens the console on an emulated terminal. Close what was opened in `afterEach` with `closeScreens`. */
export async function openScreen(
  picture: Picture,
  {
    columns = 80,
    rows = 24,
    watcher,
    theme = 'none',
    detailOf,
    ...options
  }: Partial<Omit<ConsoleOptions, 'watcher'>> & {
    readonly columns?: number;
    readonly rows?: number;
    readonly watcher?: Watcher | Promise<Watcher> | (() => Promise<Watcher>);
    readonly theme?: string | null;
    readonly detailOf?: Parameters<typeof aWatcher>[1];
  } = {},
): Promise<TestScreen> {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 });
  let written = '';
  const stdout = Object.assign(
    new Writable({
      decodeStrings: false,
      write(chunk: Buffer | string, _, done) {
        written += chunk.toString();
        // What a terminal driver does with ONLCR.
        terminal.write(chunk.toString().replace(/\r?\n/g, '\r\n'), () => done());
      },
    }),
    { isTTY: true as const, columns, rows },
  );
  let isRaw = false;
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true as const,
    setRawMode(raw: boolean) {
      isRaw = raw;
      return stdin;
    },
  });
  let at = blackFriday;
  let passed = 0;
  const clock: TestClock = {
    now: () => at,
    monotonic: () => performance.now() + passed,
    set: (next) => {
      at = next;
    },
    pass: (ms) => {
      passed += ms;
    },
  };
  const fake = aWatcher(picture, detailOf);
  const saved: TestScreen['saved'] = {};
  const preferences: Preferences = { theme, history: [], save: async (change) => void Object.assign(saved, change) };
  const left = openConsole({
    watcher: watcher ?? fake,
    estate: { name: 'nordic', mode: 'READ-ONLY', clusters: [], tiers: ['critical', 'standard', 'basic'] },
    stdin: stdin as unknown as NodeJS.ReadStream,
    stdout: stdout as unknown as NodeJS.WriteStream,
    clock,
    preferences,
    env: {},
    ...options,
  });
  left.catch(() => undefined);
  const lines = () =>
    Array.from(
      { length: terminal.rows },
      (_, row) => terminal.buffer.active.getLine(terminal.buffer.active.baseY + row)?.translateToString(true) ?? '',
    );
  const screen: TestScreen = {
    lines,
    text: () => lines().join('\n'),
    line: (row) => lines().at(row) ?? '',
    rowOf: (text) => lines().findIndex((line) => line.includes(text)),
    written: () => written,
    press: (...keys) => void stdin.write(keys.map((key) => sequences[key] ?? key).join('')),
    shows: (...texts) =>
      vi.waitFor(
        () => {
          for (const text of texts) {
            expect(screen.text()).toContain(text);
          }
        },
        { timeout: 5000, interval: 5 },
      ),
    hides: (text) => vi.waitFor(() => expect(screen.text()).not.toContain(text), { timeout: 5000, interval: 5 }),
    resize(nextColumns, nextRows) {
      terminal.resize(nextColumns, nextRows);
      stdout.columns = nextColumns;
      stdout.rows = nextRows;
      stdout.emit('resize');
    },
    watcher: fake,
    clock,
    saved,
    left,
    isRaw: () => isRaw,
    modes: () => ({
      alternate: terminal.buffer.active.type === 'alternate',
      wraparound: terminal.modes.wraparoundMode,
      bracketedPaste: terminal.modes.bracketedPasteMode,
    }),
  };
  open.push({
    leave: () => {
      stdin.end();
      terminal.dispose();
    },
  });
  return screen;
}

/** Ends the input of every console that is still open: that is one of the ways out. */
export function closeScreens(): void {
  for (const one of open.splice(0)) {
    one.leave();
  }
}
