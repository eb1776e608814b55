import type { Argument, Command, Flag } from './command.ts';

export const formats = ['table', 'json', 'yaml', 'jsonl', 'wide', 'name'] as const;
export type Format = (typeof formats)[number];

export function isFormat(text: string): text is Format {
  return formats.some((format) => format === text);
}

/** On every command. A command that declares one of these itself (`--output` with fewer formats) wins. */
export const globalFlags: readonly Flag[] = [
  { name: 'estate', value: 'FILE', summary: 'the estate file to work on', completion: 'file' },
  { name: 'sandbox', summary: 'work on the sandbox instead of an estate file' },
  { name: 'output', short: 'o', value: 'FORMAT', summary: formats.join(', '), completion: formats },
  { name: 'no-color', summary: 'no colour; glyphs and words carry every state' },
  { name: 'help', short: 'h', summary: 'help on a command', environment: false },
];

/** `till --write` for the console, `till scale … --write` for a command: the ledger has the mode beside what was done. */
export const writeFlag: Flag = { name: 'write', summary: 'open a READ-ONLY estate for this run', environment: false };

/** On `till` alone. */
export const consoleFlags: readonly Flag[] = [writeFlag];

/** The flags that choose tenants, for every command that works on some of them (design §9). */
export const choosingFlags: readonly Flag[] = [
  {
    name: 'selector',
    short: 'l',
    value: 'KEY=VALUE',
    multiple: true,
    summary: 'tenants whose name, tier, environment, retailer, cluster or hosting is VALUE; != for is not; commas join',
  },
  { name: 'tier', value: 'TIER', multiple: true, summary: 'tenants of this tier', completion: 'tier' },
  {
    name: 'environment',
    value: 'ENVIRONMENT',
    multiple: true,
    summary: 'production, staging, development or recovery',
    completion: ['production', 'staging', 'development', 'recovery'],
  },
  { name: 'retailer', value: 'RETAILER', multiple: true, summary: 'tenants of this retailer', completion: 'retailer' },
  { name: 'cluster', value: 'CLUSTER', multiple: true, summary: 'tenants in this cluster', completion: 'cluster' },
  { name: 'all', summary: 'every tenant of the estate', environment: false },
];

export const choosingArgument: Argument = {
  name: 'TENANT',
  multiple: true,
  summary: 'names or globs such as "shop-*"',
  completion: 'tenant',
};

export function ownFlags(command: Command | null): readonly Flag[] {
  return command === null ? consoleFlags : (command.flags ?? []);
}

/** A command's own flags first, then the global ones that it does not declare itself. */
export function flagsOf(command: Command | null): readonly Flag[] {
  const own = ownFlags(command);
  return [...own, ...globalFlags.filter(({ name }) => !own.some((flag) => flag.name === name))];
}

/** `no-color` → `TILL_NO_COLOR`; null where the environment may not set it. */
export function variableOf(flag: Flag): string | null {
  return flag.environment === false ? null : `TILL_${flag.name.replaceAll('-', '_').toUpperCase()}`;
}
