import { suggest } from '#text/suggest.ts';
import type { Argument, Command, Flag } from './command.ts';
import { flagsOf, formats, globalFlags, variableOf } from './flags.ts';
import { usageError } from './usage-error.ts';

/** What was typed, checked against a command's definition. */
export interface Parsed {
  readonly arguments: readonly string[];
  /** Values of flags, from argv or else from `TILL_*`; a switch that is on has an empty list. */
  readonly flags: ReadonlyMap<string, readonly string[]>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** A word that is no flag nor a flag's value, and where it stands in argv. */
export interface Word {
  readonly text: string;
  readonly index: number;
}

/** The words of argv as far as these flags tell: the first ones name the command. Flags may stand anywhere. */
export function wordsOf(argv: readonly string[], flags: readonly Flag[] = globalFlags): readonly Word[] {
  return tokensOf(argv, flags).flatMap((token) =>
    token.kind === 'positional' ? [{ text: token.value, index: token.index }] : [],
  );
}

/** True when a global switch is in argv, whatever else is wrong with it. */
export function hasSwitch(argv: readonly string[], name: string): boolean {
  return tokensOf(argv, globalFlags).some((token) => token.kind === 'option' && token.name === name);
}

/** The value of a global flag in argv or the environment, whatever else is wrong: an error must know how to be printed. */
export function looseValue(argv: readonly string[], name: string, env: Environment): string | undefined {
  const typed = tokensOf(argv, globalFlags).findLast((token) => token.kind === 'option' && token.name === name);
  const value = typed?.kind === 'option' ? typed.value : undefined;
  return value ?? (env[`TILL_${name.toUpperCase()}`] || undefined);
}

/** Throws TillError (exit 2) on anything that the definition does not know. `argv` is without the command's own words. */
export function parse(argv: readonly string[], command: Command | null, env: Environment): Parsed {
  const known = flagsOf(command);
  const flags = new Map<string, string[]>();
  const words: string[] = [];
  for (const token of tokensOf(argv, known)) {
    if (token.kind === 'positional') {
      words.push(token.value);
    } else if (token.kind === 'option') {
      const flag = known.find(({ name }) => name === token.name);
      if (flag === undefined) {
        throw unknownFlag(token.rawName, known, command);
      }
      const value = typedValue(flag, token, command);
      flags.set(flag.name, [...(flag.multiple === true ? (flags.get(flag.name) ?? []) : []), ...value]);
    }
  }
  checkTogether(flags, command);
  const typed = new Set(flags.keys());
  for (const flag of known.filter(({ name }) => !typed.has(name) && !typed.has(rivals[name] ?? ''))) {
    const value = fromEnvironment(flag, env, command);
    if (value !== null) {
      flags.set(flag.name, value);
    }
  }
  if (!flags.has('help')) {
    checkArguments(words, command);
  }
  return { arguments: words, flags };
}

function tokensOf(argv: readonly string[], flags: readonly Flag[]) {
  const options = Object.fromEntries(
    flags.map(({ name, short, value, bare }) => [
      name,
      {
        type: value === undefined || bare !== undefined ? ('boolean' as const) : ('string' as const),
        ...(short === undefined ? {} : { short }),
      },
    ]),
  );
  // `import 'node:util'` reads every export of it, TextDecoder with its tables too: 5 ms that `till version` need not wait for.
  const { parseArgs } = process.getBuiltinModule('node:util');
  return parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

interface OptionToken {
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function typedValue(
  flag: Flag,
  { rawName, value, inlineValue }: OptionToken,
  command: Command | null,
): readonly string[] {
  if (flag.value === undefined) {
    if (value !== undefined) {
      throw usageError(`${rawName} is a switch and takes no value`, command);
    }
    return [];
  }
  if (value === undefined && flag.bare !== undefined) {
    return [flag.bare];
  }
  // `--tier --all`: the next flag is not a value unless it is joined on with `=`.
  if (value === undefined || value === '' || (inlineValue !== true && value.length > 1 && value.startsWith('-'))) {
    throw usageError(`${rawName} needs a value: ${rawName} ${flag.value}`, command);
  }
  return [checkChoice(value, flag.completion, rawName, command)];
}

function fromEnvironment(flag: Flag, env: Environment, command: Command | null): string[] | null {
  const variable = variableOf(flag);
  const value = variable === null ? undefined : env[variable];
  if (variable === null || value === undefined || value === '') {
    return null;
  }
  if (flag.value === undefined) {
    return ['0', 'false', 'no', 'off'].includes(value.toLowerCase()) ? null : [];
  }
  // A preferred format that this one command cannot print is no reason to refuse it.
  if (flag.name === 'output' && Array.isArray(flag.completion) && !flag.completion.includes(value)) {
    checkChoice(value, formats, variable, command);
    return null;
  }
  return (flag.multiple === true ? value.split(',') : [value]).map((one) =>
    checkChoice(one, flag.completion, variable, command),
  );
}

/** Each names what to work on: one that is typed wins over the other in the environment. */
const rivals: Readonly<Record<string, string>> = { estate: 'sandbox', sandbox: 'estate' };

function checkTogether(flags: ReadonlyMap<string, unknown>, command: Command | null): void {
  if (flags.has('estate') && flags.has('sandbox')) {
    throw usageError('--estate and --sandbox name two estates', command, 'give one of the two');
  }
}

function checkArguments(words: readonly string[], command: Command | null): void {
  const places = command?.arguments ?? [];
  const last = places.at(-1);
  const surplus = words[places.length];
  if (surplus !== undefined && last?.multiple !== true) {
    throw usageError(`unexpected argument "${surplus}"`, command);
  }
  places.forEach((place, index) => {
    if (place.required === true && words[index] === undefined) {
      throw usageError(`${place.name} is missing: ${place.summary}`, command);
    }
  });
  words.forEach((word, index) => {
    const place: Argument | undefined = places[index] ?? last;
    if (place !== undefined) {
      checkChoice(word, place.completion, place.name, command);
    }
  });
}

function checkChoice(value: string, completion: Flag['completion'], name: string, command: Command | null): string {
  if (completion === undefined || typeof completion === 'string' || completion.includes(value)) {
    return value;
  }
  const meant = suggest(value, completion);
  throw usageError(
    `${name} cannot be "${value}"; it is one of ${completion.join(', ')}`,
    command,
    meant === undefined ? undefined : `did you mean "${meant}"?`,
  );
}

function unknownFlag(rawName: string, known: readonly Flag[], command: Command | null) {
  const meant = rawName.startsWith('--')
    ? suggest(
        rawName.slice(2),
        known.map(({ name }) => name),
      )
    : undefined;
  return usageError(`unknown flag ${rawName}`, command, meant === undefined ? undefined : `did you mean --${meant}?`);
}
