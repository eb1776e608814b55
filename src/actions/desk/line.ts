import type { Tenant } from '#estate/estate.ts';
import { actingFlags } from '#grammar/acting.ts';
import { choiceOf, chooseTenants, isOpen } from '#grammar/choose.ts';
import type { Command, Flag } from '#grammar/command.ts';
import { choosingArgument, choosingFlags } from '#grammar/flags.ts';
import { type Parsed, parse } from '#grammar/parse.ts';
import { usageError } from '#grammar/usage-error.ts';
import type { JsonObject } from '#ledger/canonical.ts';
import type { Action } from '../action.ts';

/** What a line asks for, as the command of the same words would read it. */
export interface Asked {
  readonly params: JsonObject;
  /** For an action on the estate: one that is null. */
  readonly tenants: readonly (Tenant | null)[];
  readonly reason: string | null;
  readonly ticket: string | null;
  readonly incident: string | null;
}

/** The flags of the command line that also mean something where a dialog confirms and a screen waits. */
const told = new Set(['reason', 'ticket', 'incident']);

export function flagsOnLine(action: Action): readonly Flag[] {
  const own = new Set(action.flags.map(({ name }) => name));
  return [
    ...action.flags,
    ...actingFlags.filter(({ name }) => told.has(name) && !own.has(name)),
    ...(action.target === 'tenants' ? choosingFlags : []).filter(({ name }) => !own.has(name)),
  ];
}

/** Throws TillError (exit 2) on what the action does not know. `typed` is without the action's own word. */
export function askedFor(action: Action, typed: readonly string[], known: readonly Tenant[]): Asked {
  const words = action.words ?? [];
  const onTenants = action.target === 'tenants';
  const command: Command = {
    name: action.name,
    summary: action.summary,
    examples: action.examples,
    arguments: [
      ...words.map(({ name, choices, summary, optional }) => ({
        ...{ name, required: optional !== true, summary },
        ...(choices.length === 0 ? {} : { completion: choices }),
      })),
      ...(onTenants ? [choosingArgument] : []),
    ],
    flags: flagsOnLine(action),
    run: async () => 0,
  };
  const parsed = parse(typed, command, {});
  const value = (name: string) => parsed.flags.get(name)?.at(-1) ?? null;
  return {
    params: action.parse({
      ...Object.fromEntries(words.map(({ name }, index) => [name, parsed.arguments[index]])),
      ...Object.fromEntries(action.flags.map((flag) => [flag.name, givenAs(parsed, flag)])),
    }),
    tenants: onTenants ? chosen(action, parsed, known) : [null],
    reason: value('reason'),
    ticket: value('ticket'),
    incident: value('incident'),
  };
}

function chosen(action: Action, parsed: Parsed, known: readonly Tenant[]): readonly Tenant[] {
  const choice = choiceOf({
    arguments: parsed.arguments.slice(action.words?.length ?? 0),
    values: (flag) => parsed.flags.get(flag) ?? [],
    given: (flag) => parsed.flags.has(flag),
  });
  if (isOpen(choice)) {
    throw usageError('name the tenants to act on', action, `${action.name} TENANT, or --all`);
  }
  return chooseTenants(known, choice);
}

function givenAs({ flags }: Parsed, { name, value, multiple }: Flag) {
  const given = flags.get(name);
  if (given === undefined) {
    return undefined;
  }
  return value === undefined ? (true as const) : multiple === true ? given : given.at(-1);
}
