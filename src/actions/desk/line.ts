import type { Tenant } from '#estate/estate.ts';
import { actingFlags } from '#grammar/acting.ts';
import type { Command, Flag } from '#grammar/command.ts';
import { parse } from '#grammar/parse.ts';
import type { JsonObject } from '#ledger/canonical.ts';
import type { Action } from '../action.ts';
import { argumentsOf, flagsWith, paramsAsked, tenantsAsked } from '../asked.ts';

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
const told = actingFlags.filter(({ name }) => ['reason', 'ticket', 'incident'].includes(name));

export function flagsOnLine(action: Action): readonly Flag[] {
  return flagsWith(action, told);
}

/** Throws TillError (exit 2) on what the action does not know. `typed` is without the action's own word. */
export function askedFor(action: Action, typed: readonly string[], known: readonly Tenant[]): Asked {
  const { name, summary, examples } = action;
  const shape = { arguments: argumentsOf(action), flags: flagsOnLine(action) };
  const command: Command = { name, summary, examples, ...shape, run: async () => 0 };
  const { arguments: words, flags } = parse(typed, command, {});
  const value = (flag: string) => flags.get(flag)?.at(-1);
  const line = {
    ...{ arguments: words, value },
    values: (flag: string) => flags.get(flag) ?? [],
    given: (flag: string) => flags.has(flag),
  };
  const params = paramsAsked(action, line);
  return {
    params,
    tenants: tenantsAsked(action, line, params)(known),
    reason: value('reason') ?? null,
    ticket: value('ticket') ?? null,
    incident: value('incident') ?? null,
  };
}
