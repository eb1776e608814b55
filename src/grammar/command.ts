import type { Estate } from '#estate/estate.ts';
import type { Clock } from '#text/clock.ts';
import type { ExitCode } from '#text/till-error.ts';

/** The terminal, or what stands in its place. Injected, so that terminal or no terminal is a tested dimension. */
export interface Io {
  /** False when the reader has gone (`| head -1`): stop quietly. */
  out(text: string): boolean;
  /** Resolves when what was written has been taken: for whoever writes more than memory holds. Absent where that is at once. */
  taken?(): Promise<unknown>;
  err(text: string): void;
  readonly stdoutIsTTY: boolean;
  readonly stdinIsTTY: boolean;
  readonly stderrIsTTY: boolean;
  /** Columns of stdout; 80 when it is no terminal. */
  readonly columns: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /**
   * News will be printed for as long as somebody reads them: from now on `signal` fires soon after nobody does. Resolves when
   * the reader is known: one that goes before that goes unnoticed until the next write.
   */
  follows?(): Promise<void>;
  /** Aborted on SIGINT, SIGTERM, SIGHUP or when stdout is closed. */
  readonly signal: AbortSignal;
}

/** What may stand in a place. A list is closed: completion offers it, and anything else is refused with a suggestion. */
export type Completion =
  | 'tenant'
  | 'tier'
  | 'environment'
  | 'retailer'
  | 'cluster'
  | 'file'
  | 'scenario'
  /** The id of a backup of one of the tenants on the line. */
  | 'backup'
  /** A database that a restore has made for one of them. */
  | 'database'
  | 'signal'
  | 'action'
  | readonly string[];

export interface Flag {
  /** Without dashes: `fail-on`. */
  readonly name: string;
  readonly short?: string;
  /** A word for the value in help (`NAME`); absent for a switch. */
  readonly value?: string;
  /** What it means without a value: `--wait` is then `--wait=5m`, and a value has to be joined on with `=`. */
  readonly bare?: string;
  readonly multiple?: boolean;
  readonly summary: string;
  readonly completion?: Completion;
  /** False where `TILL_<NAME>` in the environment must not set it, such as `--all`. */
  readonly environment?: false;
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
  /** The estate that the flags, the environment or the folder name; read once, at the first call. */
  estate(): Promise<Estate>;
}

/** Where a command stands in `till --help`. */
export type Group = 'read' | 'act' | 'machine';

/** A word of the command line: its help, its completion and its work come from here. */
export interface Command {
  /** `status`, or `estate check` for a word in a word: the file is then `commands/estate-check.ts`. */
  readonly name: string;
  readonly summary: string;
  /** Examples first: a line a user can copy, and what it does. */
  readonly examples: readonly { readonly line: string; readonly note: string }[];
  readonly arguments?: readonly Argument[];
  readonly flags?: readonly Flag[];
  /** `read` when left out; `machine` for a word in a word. */
  readonly group?: Group;
  /** What the codes say of this command, where the usual words (design §9) are too general. */
  readonly exits?: readonly { readonly code: ExitCode; readonly when: string }[];
  /** Seconds it may take to put things in order after Ctrl-C; 1 when left out. A second Ctrl-C never waits. */
  readonly cleanUpSeconds?: number;
  run(invocation: Invocation): Promise<ExitCode>;
}

/** One line of `commands/index.ts`: enough for help and completion without loading the command. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly group: Group;
  load(): Promise<Command>;
}
