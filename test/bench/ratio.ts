import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';

/** One thing measured beside a named baseline in the same run: a ratio holds on a noisy machine where a second does not. */
export interface Ratio {
  readonly name: string;
  readonly ours: number;
  readonly baseline: string;
  readonly theirs: number;
  readonly unit: 'ms' | 'MiB' | 'bytes' | '%' | 'per s';
  /** ours ÷ theirs. */
  readonly ratio: number;
  /** What we want of the ratio, or of our own figure where there is no baseline to hold it against. */
  readonly aim: string;
  readonly met: boolean;
  readonly note?: string;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

export interface Run {
  readonly ms: number;
  readonly code: number | null;
}

/** Runs a whole process to its end, its output read and thrown away. */
export async function run(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Run> {
  const began = performance.now();
  const child = spawn(file, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  child.stdout.resume();
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { ms: performance.now() - began, code };
}

/** Two commands in turn, A B A B …, after a warm-up of each, so that a drift of the machine meets both. */
export async function interleaved(
  rounds: number,
  ours: () => Promise<Run>,
  theirs: () => Promise<Run>,
): Promise<{ readonly ours: number; readonly theirs: number }> {
  await ours();
  await theirs();
  const a: number[] = [];
  const b: number[] = [];
  for (let count = 0; count < rounds; count += 1) {
    a.push((await ours()).ms);
    b.push((await theirs()).ms);
  }
  return { ours: median(a), theirs: median(b) };
}

export function against(
  name: string,
  baseline: string,
  measured: { readonly ours: number; readonly theirs: number },
  most: number,
  note?: string,
): Ratio {
  const ratio = measured.ours / measured.theirs;
  return {
    name,
    ours: round(measured.ours),
    baseline,
    theirs: round(measured.theirs),
    unit: 'ms',
    ratio: round(ratio),
    aim: `≤ ${most}`,
    met: ratio <= most,
    ...(note === undefined ? {} : { note }),
  };
}
