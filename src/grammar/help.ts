import { exitCodes } from '#text/till-error.ts';
import { cells } from '#text/width.ts';
import { wrap } from '#text/wrap.ts';
import type { Argument, Command, CommandEntry, Flag, Group } from './command.ts';
import { consoleFlags, flagsOf, globalFlags, ownFlags } from './flags.ts';
import type { Paint } from './style.ts';

export interface HelpOptions {
  readonly paint: Paint;
  /** Cells to wrap at. */
  readonly width: number;
}

const groups: readonly { readonly group: Group; readonly title: string }[] = [
  { group: 'read', title: 'Read' },
  { group: 'act', title: 'Act' },
  { group: 'machine', title: 'Set up' },
];

/** Lines to copy; shown as far as their commands are there. */
const firstSteps = [
  { line: 'till', note: 'open the console' },
  { line: 'till --sandbox', note: 'open it on a sandbox, with no cluster at hand' },
  { line: 'till status --check', note: 'exit 3 when a tenant is critical or unknown' },
  { line: 'till show harbour-shoes', note: 'one tenant, its signals worst first' },
  { line: 'till estate init', note: 'begin an estate file from your kubeconfig' },
];

/** `till --help`: made from the names and summaries in the list of commands; loads none of them. */
export function generalHelp(entries: readonly CommandEntry[], options: HelpOptions): string {
  const known = (line: string) => {
    const word = line.split(' ')[1];
    return word === undefined || word.startsWith('-') || entries.some(({ name }) => name.split(' ')[0] === word);
  };
  const shown = groups.flatMap(({ group, title }) =>
    section(
      title,
      entries.filter((entry) => entry.group === group).map(({ name, summary }) => [name, summary]),
      options,
    ),
  );
  return text([
    'till: the health of many Odoo tenants, and what can be done about it',
    ...section(
      'Examples',
      firstSteps.filter(({ line }) => known(line)).map(({ line, note }) => [line, note]),
      options,
    ),
    ...section('Usage', [['till [COMMAND] [flags]', '']], options),
    ...shown,
    ...section('Flags of the console', consoleFlags.map(flagRow), options),
    ...section('Flags on every command', globalFlags.map(flagRow), options),
    '',
    ...wrap(
      'Flags can be set in the environment too: TILL_OUTPUT=json, TILL_ESTATE=FILE. Help on one command: till COMMAND --help',
      options.width,
    ),
  ]);
}

/** `till estate`: the words behind a word. */
export function familyHelp(word: string, members: readonly CommandEntry[], options: HelpOptions): string {
  return text([
    ...section('Usage', [[`till ${word} COMMAND [flags]`, '']], options).slice(1),
    ...section(
      'Commands',
      members.map(({ name, summary }) => [name, summary]),
      options,
    ),
    '',
    `Help on one: till ${members[0]?.name ?? word} --help`,
  ]);
}

/** `till COMMAND --help`: examples, usage, arguments, flags, exit codes. */
export function commandHelp(command: Command, options: HelpOptions): string {
  const own = ownFlags(command);
  const inherited = flagsOf(command).filter((flag) => !own.includes(flag));
  return text([
    ...wrap(command.summary, options.width),
    ...section(
      'Examples',
      command.examples.map(({ line, note }) => [line, note]),
      options,
    ),
    ...section('Usage', [[usage(command), '']], options),
    ...section(
      'Arguments',
      (command.arguments ?? []).map((argument) => [argument.name, withChoices(argument)]),
      options,
    ),
    ...section('Flags', own.map(flagRow), options),
    ...section('Flags on every command', inherited.map(flagRow), options),
    ...section('Exit codes', exitRows(command), options),
  ]);
}

function usage({ name, arguments: places = [] }: Command): string {
  const words = places.map((place) => {
    const word = `${place.name}${place.multiple === true ? '…' : ''}`;
    return place.required === true ? word : `[${word}]`;
  });
  return ['till', name, ...words, '[flags]'].join(' ');
}

function flagRow(flag: Flag): readonly [string, string] {
  const short = flag.short === undefined ? '    ' : `-${flag.short}, `;
  const value = flag.value === undefined ? '' : flag.bare === undefined ? ` ${flag.value}` : `[=${flag.value}]`;
  return [`${short}--${flag.name}${value}`, withChoices(flag)];
}

/** The choices, unless the summary names them already. */
function withChoices({ summary, completion }: Argument | Flag): string {
  if (completion === undefined || typeof completion === 'string' || completion.every((one) => summary.includes(one))) {
    return summary;
  }
  return `${summary} (${completion.join(', ')})`;
}

function exitRows({ exits = [] }: Command): readonly (readonly [string, string])[] {
  const general = new Map<number, string>([
    [exitCodes.ok, 'done'],
    [exitCodes.failed, 'failed'],
    [exitCodes.usage, 'wrong usage, or an estate that is not valid'],
    [exitCodes.interrupted, 'interrupted'],
  ]);
  for (const { code, when } of exits) {
    general.set(code, when);
  }
  return [...general].sort(([a], [b]) => a - b).map(([code, when]) => [String(code), when]);
}

function section(
  title: string,
  rows: readonly (readonly [string, string])[],
  { paint, width }: HelpOptions,
): readonly string[] {
  if (rows.length === 0) {
    return [];
  }
  const first = Math.max(...rows.map(([name]) => cells(name)));
  const beside = width - first - 4 >= 24;
  const lines = rows.flatMap(([name, words]) => {
    if (words === '') {
      return [`  ${name}`];
    }
    const wrapped = wrap(words, beside ? width - first - 4 : Math.max(12, width - 6));
    return beside
      ? wrapped.map((line, index) => `  ${(index === 0 ? name : '').padEnd(first)}  ${line}`)
      : [`  ${name}`, ...wrapped.map((line) => `      ${line}`)];
  });
  return ['', paint('strong', title), ...lines];
}

function text(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}
