import type { Io } from '#grammar/command.ts';

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
}

/** A terminal, or a pipe, that remembers what was written to it. */
export function fakeIo({ isTTY = false, columns = 80, env = {}, writesTaken, signal }: FakeIoOptions = {}): FakeIo {
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
    clock: { now: () => Date.parse('2026-11-27T09:41:00Z'), monotonic: () => 0 },
    signal: signal ?? new AbortController().signal,
    stdout: () => written.join(''),
    stderr: () => errors.join(''),
  };
}
