import type { Action } from '#actions/action.ts';
import { argumentsOf, flagsWith, paramsAsked, tenantsAsked } from '#actions/asked.ts';
import type { Tenant } from '#estate/estate.ts';
import { actingFlags } from '#grammar/acting.ts';
import type { Command } from '#grammar/command.ts';
import { exitCodes } from '#text/till-error.ts';
import { narrowed, printNobody } from './acting/narrowed.ts';
import { performAll } from './acting/perform-all.ts';
import { withContext } from './acting/with-context.ts';

/** The command of an action: its words and flags come from the definition, the rest is the same for all (design §9). */
export function commandOf(action: Action): Command {
  return {
    name: action.name,
    summary: action.summary,
    group: 'act',
    examples: action.examples,
    arguments: argumentsOf(action),
    flags: flagsWith(action, actingFlags),
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
      const params = paramsAsked(action, invocation);
      const asked = tenantsAsked(action, invocation, params);
      const names = await narrowed(action, params, asked, estate, invocation);
      if (names?.length === 0) {
        return await printNobody(action, invocation);
      }
      const chosenFrom: typeof asked = (known) =>
        names === null ? asked(known) : known.filter(({ name }) => names.includes(name));
      const read = (known: readonly Tenant[]) => chosenFrom(known).filter((tenant) => tenant !== null);
      return await withContext(estate, invocation, read, (context) =>
        performAll(action, params, chosenFrom(context.tenants), context, invocation),
      );
    },
  };
}
