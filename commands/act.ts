import type { Action } from '#actions/action.ts';
import type { Tenant } from '#estate/estate.ts';
import { actingFlags } from '#grammar/acting.ts';
import { choiceOf, chooseTenants, choosingArgument, choosingFlags, isOpen } from '#grammar/choose.ts';
import type { Command, Invocation } from '#grammar/command.ts';
import { usageError } from '#grammar/usage-error.ts';
import { exitCodes } from '#text/till-error.ts';
import { performAll } from './acting/perform-all.ts';
import { withContext } from './acting/with-context.ts';

/** The command of an action: its words and flags come from the definition, the rest is the same for all (design §9). */
export function commandOf(action: Action): Command {
  const words = action.words ?? [];
  const choosesTenants = action.target === 'tenants';
  const own = new Set(action.flags.map(({ name }) => name));
  return {
    name: action.name,
    summary: action.summary,
    group: 'act',
    examples: action.examples,
    arguments: [
      ...words.map(({ name, choices, summary, optional }) => ({
        name,
        required: optional !== true,
        summary,
        ...(choices.length === 0 ? {} : { completion: choices }),
      })),
      ...(choosesTenants ? [choosingArgument] : []),
    ],
    flags: [
      ...action.flags,
      ...(choosesTenants ? choosingFlags : []).filter(({ name }) => !own.has(name)),
      ...actingFlags.filter(({ name }) => !own.has(name)),
    ],
    exits: [
      { code: exitCodes.ok, when: 'done, and verified' },
      {
        code: exitCodes.refused,
        when: 'refused: read-only, a freeze, its owner, or the world has moved since the plan',
      },
      { code: exitCodes.confirmationMissing, when: 'not confirmed' },
      { code: exitCodes.timedOut, when: 'not known to have ended; it goes on and is named' },
      { code: exitCodes.partial, when: 'some tenants succeeded, some did not' },
    ],
    async run(invocation) {
      const estate = await invocation.estate();
      const typed = invocation.arguments.slice(0, words.length);
      const choice = { ...choiceOf(invocation), names: invocation.arguments.slice(words.length) };
      if (choosesTenants && isOpen(choice)) {
        throw usageError('name the tenants to act on', { name: action.name }, `till ${action.name} TENANT, or --all`);
      }
      const params = action.parse({
        ...Object.fromEntries(words.map(({ name }, index) => [name, typed[index]])),
        ...Object.fromEntries(action.flags.map((flag) => [flag.name, givenAs(invocation, flag)])),
      });
      const chosenFrom = (tenants: readonly Tenant[]) => (choosesTenants ? chooseTenants(tenants, choice) : []);
      return await withContext(estate, invocation, chosenFrom, (context) =>
        performAll(action, params, choosesTenants ? chosenFrom(context.tenants) : [], context, invocation),
      );
    },
  };
}

function givenAs(invocation: Invocation, { name, value, multiple }: Action['flags'][number]) {
  if (value === undefined) {
    return invocation.given(name) ? (true as const) : undefined;
  }
  return multiple === true ? (invocation.given(name) ? invocation.values(name) : undefined) : invocation.value(name);
}
