// What the console costs at 1,000 tenants: run as `node test/bench/console.ts`, prints JSON. The lead's run.ts wires it in.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as after } from 'node:timers/promises';
import { type IPty, spawn } from '@lydell/node-pty';
import { bundle } from '../../scripts/bundle.ts';

export interface ConsoleMeasures {
  readonly bareNodeMs: number;
  /** From the start of the process to the first frame with tenants on it. */
  readonly firstFrameMs: number;
  readonly firstFrameToBareNode: number;
  readonly keyToFrameMs: { readonly median: number; readonly p99: number };
  readonly bytesPerCursorMove: { readonly median: number; readonly mean: number; readonly largest: number };
  /** Of one core, with live data every quarter of a second. */
  readonly idleCpuPercent: number;
  readonly rssMiB: number;
}

const endOfFrame = '\u001b[?2026l';
const size = { cols: 160, rows: 48 };

/** Measures the bundled console in a pseudo-terminal of 160×48 on an estate that is made up. */
export async function measureConsole({ tenants = 1000, moves = 400, idleSeconds = 10 } = {}): Promise<ConsoleMeasures> {
  const folder = mkdtempSync(join(tmpdir(), 'till-bench-'));
  try {
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    await bundle({ entryPoints: { console: 'test/terminal/fixtures/console.ts' }, outdir: folder });
    const start = () =>
      spawn(process.execPath, [join(folder, 'console.js')], {
        ...size,
        name: 'xterm-256color',
        env: {
          PATH: process.env['PATH'] ?? '',
          XDG_CONFIG_HOME: folder,
          FAKE_TENANTS: String(tenants),
          FAKE_LIVE: '1',
        },
      });
    const bareNodeMs = median(Array.from({ length: 9 }, bareNode));
    const first: number[] = [];
    for (let round = 0; round < 9; round += 1) {
      first.push(await firstFrame(start));
    }
    const firstFrameMs = median(first);
    const running = start();
    await until(running, 'shop-');
    const { latencies, bytes } = await pressed(running, moves);
    await after(1000);
    const before = cpuMs(running.pid);
    const began = performance.now();
    await after(idleSeconds * 1000);
    const idleCpuPercent = (100 * (cpuMs(running.pid) - before)) / (performance.now() - began);
    const rssMiB = residentMiB(running.pid);
    await quit(running);
    return {
      bareNodeMs: round(bareNodeMs),
      firstFrameMs: round(firstFrameMs),
      firstFrameToBareNode: round(firstFrameMs / bareNodeMs),
      keyToFrameMs: { median: round(median(latencies)), p99: round(quantile(latencies, 0.99)) },
      bytesPerCursorMove: {
        median: median(bytes),
        mean: round(bytes.reduce((sum, count) => sum + count, 0) / bytes.length),
        largest: Math.max(...bytes),
      },
      idleCpuPercent: round(idleCpuPercent),
      rssMiB: round(rssMiB),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function bareNode(): number {
  const began = performance.now();
  spawnSync(process.execPath, ['-e', '0']);
  return performance.now() - began;
}

async function firstFrame(start: () => IPty): Promise<number> {
  const began = performance.now();
  const terminal = start();
  await until(terminal, 'shop-');
  const took = performance.now() - began;
  await quit(terminal);
  return took;
}

/** Presses `j` down the table and `k` back, one after the other; the time and the bytes until each frame is out. */
async function pressed(terminal: IPty, moves: number) {
  const latencies: number[] = [];
  const bytes: number[] = [];
  for (let move = 0; move < moves; move += 1) {
    const key = Math.floor(move / 100) % 2 === 0 ? 'j' : 'k';
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

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

if (import.meta.main) {
  process.stdout.write(`${JSON.stringify(await measureConsole(), null, 2)}\n`);
}
