import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout as after } from 'node:timers/promises';
import { type IPty, spawn } from '@lydell/node-pty';
import { against, interleaved, median, type Ratio, round } from './ratio.ts';

const endOfFrame = '\u001b[?2026l';
const size = { cols: 160, rows: 48 };

export interface Measured {
  /** `1,000 tenants`: stands behind each figure's name. */
  readonly at: string;
  /** A console in a pseudo-terminal of 160×48 that shows tenants named `shop-…`. */
  start(): IPty;
  readonly moves: number;
  readonly idleSeconds: number;
  /** Rounds for the first frame. */
  readonly rounds: number;
}

/** First frame, keys, bytes, idle and memory of a console, as its user's terminal meets them. */
export async function measureTerminal({ at, start, moves, idleSeconds, rounds }: Measured): Promise<readonly Ratio[]> {
  const frames = await interleaved(
    rounds,
    () => firstFrame(start),
    () => ended(['-e', '0']),
  );
  const running = start();
  await until(running, 'shop-');
  await after(3000);
  const { latencies, bytes } = await pressed(running, moves);
  await after(1000);
  const idle = await idlePercent(running.pid, idleSeconds);
  const resident = residentMiB(running.pid);
  await quit(running);
  return [
    against(`console: first complete frame, ${at}`, 'node -e 0', frames, 5),
    held(`console: key to frame, median, ${at}`, median(latencies), 'ms', 33),
    held(`console: key to frame, p99, ${at}`, quantile(latencies, 0.99), 'ms', 33, 'k9s: 67 ms'),
    held(`console: bytes of a cursor move, median, ${at}`, median(bytes), 'bytes', 1000, 'k9s: 1.1 kB'),
    held(`console: bytes of a cursor move, mean with page jumps, ${at}`, mean(bytes), 'bytes', 1500),
    held(`console: idle, of one core, ${at}`, idle, '%', 3, 'k9s: 46 %'),
    held(`console: resident memory, ${at}`, resident, 'MiB', 200, 'k9s: 800 MB'),
  ];
}

/** A figure of our own held against what we want it to be. */
function held(name: string, ours: number, unit: Ratio['unit'], most: number, note?: string): Ratio {
  return {
    name,
    ours: round(ours),
    baseline: 'aim',
    theirs: most,
    unit,
    ratio: round(ours / most),
    aim: `< ${most} ${unit}`,
    met: ours < most,
    ...(note === undefined ? {} : { note }),
  };
}

export function node(args: readonly string[], env: Readonly<Record<string, string>> = {}): IPty {
  return spawn(process.execPath, [...args], {
    ...size,
    name: 'xterm-256color',
    env: { PATH: process.env['PATH'] ?? '', ...env },
  });
}

async function firstFrame(start: () => IPty) {
  const began = performance.now();
  const terminal = start();
  await until(terminal, 'shop-');
  const ms = performance.now() - began;
  await quit(terminal);
  return { ms, code: 0 };
}

function ended(args: readonly string[]): Promise<{ readonly ms: number; readonly code: number }> {
  const began = performance.now();
  const terminal = node(args);
  const { promise, resolve } = Promise.withResolvers<{ readonly ms: number; readonly code: number }>();
  terminal.onExit(({ exitCode }) => resolve({ ms: performance.now() - began, code: exitCode }));
  return promise;
}

async function idlePercent(pid: number, seconds: number): Promise<number> {
  const before = cpuMs(pid);
  const began = performance.now();
  await after(seconds * 1000);
  return (100 * (cpuMs(pid) - before)) / (performance.now() - began);
}

/** Presses `j` down the table and `k` back, one after the other; the time and the bytes until each frame is out. */
async function pressed(terminal: IPty, moves: number) {
  const latencies: number[] = [];
  const bytes: number[] = [];
  for (let move = 0; move < moves; move += 1) {
    const key = Math.floor(move / 50) % 2 === 0 ? 'j' : 'k';
    const began = performance.now();
    const frame = next(terminal);
    terminal.write(key);
    bytes.push((await frame).length);
    latencies.push(performance.now() - began);
    // Between two frames of sixty a second, so that each press is measured and not the wait for the one before.
    await after(25);
  }
  return { latencies: latencies.slice(10), bytes: bytes.slice(10) };
}

function next(terminal: IPty): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  let text = '';
  const listener = terminal.onData((data) => {
    text += data;
    if (text.includes(endOfFrame)) {
      listener.dispose();
      resolve(Buffer.from(text));
    }
  });
  return promise;
}

function until(terminal: IPty, wanted: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let text = '';
  const listener = terminal.onData((data) => {
    text += data;
    const at = text.indexOf(wanted);
    if (at !== -1 && text.includes(endOfFrame, at)) {
      listener.dispose();
      resolve();
    }
  });
  return promise;
}

function quit(terminal: IPty): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  terminal.onExit(() => resolve());
  terminal.write('q');
  return promise;
}

/** User and system time of a process so far; Linux counts it in hundredths of a second. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function residentMiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
