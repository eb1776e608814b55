import type { Io } from '#grammar/command.ts';
import type { Clock } from '#text/clock.ts';

export interface FakeIo extends Io {
  stdout(): string;
  stderr(): string;
}

export interface FakeIoOptions {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Stands for a reader that goes away after so many writes. */
  readonly writesTaken?: number;
  readonly signal?: AbortSignal;
  /** Stands still on the day of a sale unless told otherwise. */
  readonly clock?: Clock;
}

const sale: Clock = { now: () => Date.parse('2026-11-27T09:41:00Z'), monotonic: () => 0 };

/** A terminal, or a pipe, that remembers what was written to it. */
export function fakeIo(options: FakeIoOptions = {}): FakeIo {
  const { isTTY = false, columns = 80, env = {}, writesTaken, signal, clock = sale } = options;
  const written: string[] = [];
  const errors: string[] = [];
  return {
    out(text) {
      if (writesTaken !== undefined && written.length >= writesTaken) {
        return false;
      }
      written.push(text);
      return true;
    },
    err: (text) => {
      errors.push(text);
    },
    stdoutIsTTY: isTTY,
    stdinIsTTY: isTTY,
    stderrIsTTY: isTTY,
    columns,
    env,
    clock,
    signal: signal ?? new AbortController().signal,
    stdout: () => written.join(''),
    stderr: () => errors.join(''),
  };
}
