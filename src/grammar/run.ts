import type { Estate } from '#estate/estate.ts';
import { type ExitCode, exitCodes } from '#text/till-error.ts';
import type { Command, CommandEntry, Invocation, Io } from './command.ts';
import { findCommand } from './find.ts';
import type { HelpOptions } from './help.ts';
import { invocationOf } from './invocation.ts';
import { hasSwitch, looseValue, parse } from './parse.ts';
import { report } from './report.ts';
import { paintFor } from './style.ts';

export type ReadEstate = (invocation: Pick<Invocation, 'value' | 'given'>) => Promise<Estate>;

/** What the entry hands in: functions, so that nothing is loaded before it is needed and tests can stand in. */
export interface Parts {
  readonly commands: readonly CommandEntry[];
  readonly readEstate: ReadEstate;
  openConsole(invocation: Invocation): Promise<ExitCode>;
  /** Answers the completion scripts (`till completion`). */
  complete(words: readonly string[]): Promise<ExitCode>;
  /** Told which command is about to run. */
  starting?(command: Command): void;
  keepDetails(error: unknown): string | null;
}

/** The whole command line: words in, exit code out. Never throws. */
export async function runTill(argv: readonly string[], io: Io, parts: Parts): Promise<ExitCode> {
  try {
    return await dispatch(argv, io, parts);
  } catch (error) {
    if (io.signal.aborted) {
      // The reader of stdout has gone, or somebody pressed Ctrl-C: whatever failed because of it is no news.
      return io.signal.reason === 'output-closed' ? exitCodes.ok : exitCodes.interrupted;
    }
    return report(error, io, {
      format: looseValue(argv, 'output', io.env),
      noColor: hasSwitch(argv, 'no-color') || Boolean(io.env['TILL_NO_COLOR']),
      keepDetails: parts.keepDetails,
    });
  }
}

async function dispatch(argv: readonly string[], io: Io, parts: Parts): Promise<ExitCode> {
  if (argv[0] === '__complete') {
    return parts.complete(argv.slice(1));
  }
  const asked = withAliases(argv);
  const found = findCommand(asked, parts.commands);
  switch (found.kind) {
    case 'unknown':
      throw found.error;
    case 'nothing':
      return await withoutCommand(asked, io, parts);
    case 'family':
      return printHelp(io, hasSwitch(asked, 'help'), (help) =>
        help.familyHelp(found.word, found.members, helpOptions(asked, io)),
      );
    case 'command': {
      const command = await found.entry.load();
      const parsed = parse(found.rest, command, io.env);
      if (parsed.flags.has('help')) {
        return printHelp(io, true, (help) => help.commandHelp(command, helpOptions(asked, io)));
      }
      parts.starting?.(command);
      return await command.run(invocationOf(io, parsed, parts.readEstate));
    }
  }
}

/** `till help status` and `till --version` are what fingers type. */
function withAliases(argv: readonly string[]): readonly string[] {
  const [first, ...rest] = argv;
  if (first === 'help') {
    return [...rest, '--help'];
  }
  return first === '--version' || first === '-V' ? ['version', ...rest] : argv;
}

/** `till` alone opens the console on a terminal; elsewhere nobody could use it. */
async function withoutCommand(argv: readonly string[], io: Io, parts: Parts): Promise<ExitCode> {
  const parsed = parse(argv, null, io.env);
  if (parsed.flags.has('help')) {
    return printHelp(io, true, (help) => help.generalHelp(parts.commands, helpOptions(argv, io)));
  }
  if (io.stdoutIsTTY && io.stdinIsTTY) {
    return await parts.openConsole(invocationOf(io, parsed, parts.readEstate));
  }
  return printHelp(io, false, (help) => help.generalHelp(parts.commands, helpOptions(argv, io)));
}

type Help = typeof import('./help.ts');

/** Help that was asked for is output; help in place of an answer is an error. */
async function printHelp(io: Io, asked: boolean, textOf: (help: Help) => string): Promise<ExitCode> {
  const text = textOf(await import('./help.ts'));
  if (asked) {
    io.out(text);
    return exitCodes.ok;
  }
  io.err(text);
  return exitCodes.usage;
}

function helpOptions(argv: readonly string[], io: Io): HelpOptions {
  const noColor = hasSwitch(argv, 'no-color') || Boolean(io.env['TILL_NO_COLOR']);
  return { paint: paintFor(io.env, io.stdoutIsTTY, noColor), width: Math.min(io.columns, 120) };
}
