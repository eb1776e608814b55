import type { Clock } from '#text/clock.ts';
import type { ExitCode } from '#text/till-error.ts';

/** The terminal, or what stands in its place. Injected, so that terminal or no terminal is a tested dimension. */
export interface Io {
  /** False when the reader has gone (`| head -1`): stop quietly. */
  out(text: string): boolean;
  err(text: string): void;
  readonly stdoutIsTTY: boolean;
  readonly stdinIsTTY: boolean;
  readonly stderrIsTTY: boolean;
  /** Columns of stdout; 80 when it is no terminal. */
  readonly columns: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Aborted on SIGINT, SIGTERM, SIGHUP or when stdout is closed. */
  readonly signal: AbortSignal;
}

/** What may stand in a place, for completion. */
export type Completion =
  | 'tenant'
  | 'tier'
  | 'environment'
  | 'retailer'
  | 'cluster'
  | 'file'
  | 'scenario'
  | 'signal'
  | readonly string[];

export interface Flag {
  /** Without dashes: `fail-on`. */
  readonly name: string;
  readonly short?: string;
  /** A word for the value in help (`NAME`); absent for a switch. */
  readonly value?: string;
  readonly multiple?: boolean;
  readonly summary: string;
  readonly completion?: Completion;
}

export interface Argument {
  readonly name: string;
  readonly multiple?: boolean;
  readonly required?: boolean;
  readonly summary: string;
  readonly completion?: Completion;
}

export interface Invocation {
  readonly io: Io;
  readonly arguments: readonly string[];
  /** The last value of a flag with a value; undefined when it was not given. */
  value(flag: string): string | undefined;
  /** Every value of a repeatable flag. */
  values(flag: string): readonly string[];
  given(flag: string): boolean;
}

/** A word of the command line: its help, its completion and its work come from here. */
export interface Command {
  /** `status`, or `estate check` for a word in a word. */
  readonly name: string;
  readonly summary: string;
  /** Examples first: a line a user can copy, and what it does. */
  readonly examples: readonly { readonly line: string; readonly note: string }[];
  readonly arguments?: readonly Argument[];
  readonly flags?: readonly Flag[];
  run(invocation: Invocation): Promise<ExitCode>;
}
