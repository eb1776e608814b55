import type { Tenant } from '#estate/estate.ts';
import { choiceOf, chooseTenants, isOpen } from '#grammar/choose.ts';
import type { Argument, Flag, Invocation } from '#grammar/command.ts';
import { choosingArgument, choosingFlags } from '#grammar/flags.ts';
import { usageError } from '#grammar/usage-error.ts';
import type { JsonObject } from '#ledger/canonical.ts';
import { suggest } from '#text/suggest.ts';
import type { Action } from './action.ts';
import { actions } from './definitions/index.ts';
import { listGiven } from './given.ts';

/** What was typed after an action's word, on a shell's line or in the palette. */
export type Typed = Pick<Invocation, 'arguments' | 'value' | 'values' | 'given'>;

/** What stands after the action's word: its own words first, then the tenants. */
export function argumentsOf({ words = [], target }: Action): readonly Argument[] {
  return [
    ...words.map(({ name, choices, summary, optional }) => ({
      ...{ name, required: optional !== true, summary },
      ...(choices.length === 0 ? {} : { completion: choices }),
    })),
    ...(target === 'tenants' ? [choosingArgument] : []),
  ];
}

/** The action's own flags, then those that choose tenants and `more`; a flag of the same name is the action's own. */
export function flagsWith(action: Action, more: readonly Flag[]): readonly Flag[] {
  const own = new Set(action.flags.map(({ name }) => name));
  const choosing = action.target === 'tenants' ? choosingFlags : [];
  return [...action.flags, ...[...choosing, ...more].filter(({ name }) => !own.has(name))];
}

/** Throws TillError (exit 2) on what the action does not know. */
export function paramsAsked(action: Action, typed: Typed): JsonObject {
  for (const { name, completion } of action.flags) {
    if (completion === 'action') {
      mustBeActions(listGiven(typed.values(name)), `--${name}`, action);
    }
  }
  return action.parse({
    ...Object.fromEntries((action.words ?? []).map(({ name }, index) => [name, typed.arguments[index]])),
    ...Object.fromEntries(action.flags.map((flag) => [flag.name, givenAs(flag, typed)])),
  });
}

function givenAs({ name, value, multiple }: Flag, typed: Typed) {
  if (!typed.given(name)) {
    return undefined;
  }
  return value === undefined ? (true as const) : multiple === true ? typed.values(name) : typed.value(name);
}

/** A misspelt one would be found out in the middle of a freeze, when it is refused all the same. */
function mustBeActions(names: readonly string[], flag: string, action: Action): void {
  const known = actions.map(({ name }) => name);
  const wrong = names.find((name) => !known.includes(name));
  if (wrong !== undefined) {
    const meant = suggest(wrong, known);
    throw usageError(
      `${flag}: till has no action "${wrong}"`,
      action,
      meant === undefined ? `it is one of ${known.join(', ')}` : `did you mean "${meant}"?`,
    );
  }
}

/**
 * Who is meant among those known; for an action on the estate one that is null. Nobody named is never everybody: that
 * throws, now and not only once the estate has been read; unless these parameters choose by themselves (`--due`).
 */
export function tenantsAsked(
  action: Action,
  typed: Typed,
  params: JsonObject | null = null,
): (known: readonly Tenant[]) => readonly (Tenant | null)[] {
  if (action.target === 'estate') {
    return () => [null];
  }
  const { arguments: all, values, given } = typed;
  const choice = choiceOf({ arguments: all.slice(action.words?.length ?? 0), values, given });
  if (isOpen(choice) && !(params !== null && action.choosesAll?.(params) === true)) {
    throw usageError('name the tenants to act on', action, `till ${action.name} TENANT, or --all`);
  }
  return (known) => chooseTenants(known, choice);
}
