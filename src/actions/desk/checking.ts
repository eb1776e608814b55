import { clean } from '#text/clean.ts';
import type { DryRunWorld } from '../action.ts';
import type { ActContext } from '../context.ts';
import { actionNamed } from '../find-action.ts';
import type { Plan } from '../plan.ts';
import { confirmationOf } from '../plan-all.ts';
import type { Planned } from './port.ts';

/** At once: a bulk of many tenants is answered soon, and no API server is flooded. */
const width = 4;

/** What the API servers say to plans that nothing stands in the way of so far (`dryRun=All`). */
export async function checked(planned: Planned, context: ActContext): Promise<Planned> {
  const plans = [...planned.plans];
  const waiting = [...plans.entries()].filter(([, { blockers }]) => blockers.length === 0);
  const round = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, plan] = next;
      plans[index] = await checkedOne(plan, context);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, waiting.length) }, round));
  return { ...planned, plans, confirmation: confirmationOf(plans) };
}

async function checkedOne(plan: Plan, context: ActContext): Promise<Plan> {
  const action = await actionNamed(plan.action);
  if (action.dryRun === undefined) {
    return plan;
  }
  const { world, words } = listening(context);
  try {
    const serverChecked = await action.dryRun(plan, plan.params, world);
    return serverChecked === 'refused'
      ? { ...plan, serverChecked, blockers: [...plan.blockers, noFrom(words() ?? 'it would refuse this')] }
      : serverChecked === 'forbidden'
        ? { ...plan, serverChecked, warnings: [...plan.warnings, forbidden(words())] }
        : { ...plan, serverChecked };
  } catch (error) {
    // What cannot be asked now could not be written now either, and nobody would know what came of it.
    const said = `it could not be asked: ${error instanceof Error ? error.message : String(error)}`;
    return { ...plan, blockers: [...plan.blockers, noFrom(said, 'plan it again when it answers')] };
  }
}

function noFrom(reason: string, wayOut: string | null = null): Plan['blockers'][number] {
  return { by: 'the API server', reason: clean(reason), until: null, wayOut };
}

function forbidden(words: string | null): string {
  return `the API server forbids it to these credentials${words === null ? '' : `: ${clean(words)}`}`;
}

/** The same world, and what the server said last that was not yes: an action hands on the answer alone. */
function listening(context: ActContext): { readonly world: DryRunWorld; words(): string | null } {
  let said: string | null = null;
  const world: DryRunWorld = {
    ...context,
    async dryRunner(cluster) {
      const runner = await context.dryRunner(cluster);
      return {
        async dryRun(...asked) {
          const answered = await runner.dryRun(...asked);
          if (answered.answer !== 'ok') {
            said = answered.message;
          }
          return answered;
        },
      };
    },
  };
  return { world, words: () => said };
}
