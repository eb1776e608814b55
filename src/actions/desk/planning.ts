import type { Tenant } from '#estate/estate.ts';
import type { JsonObject } from '#ledger/canonical.ts';
import { wayToGrant } from '#policy/access/judge.ts';
import { accessNow, presentIn } from '../access/presence.ts';
import type { Action } from '../action.ts';
import { chosenBy } from '../chosen.ts';
import type { ActContext } from '../context.ts';
import { confirmationOf, planAll } from '../plan-all.ts';
import type { Planned } from './port.ts';

/** Steps 2 and 3 of the path for every tenant that is meant, as one dialog asks about them. */
export async function plannedFor(
  action: Action,
  params: JsonObject,
  tenants: readonly (Tenant | null)[],
  given: Pick<Planned, 'reason' | 'ticket' | 'incident'>,
  context: ActContext,
): Promise<Planned> {
  const chosen = await chosenBy(action, params, tenants, context);
  const all = await planAll(action, params, chosen, context, given);
  const plans = all.map(({ plan, refusals }) => {
    const missing = refusals.find(({ word }) => word === 'reason-missing');
    // A dialog can ask for the reason; whether it was given is judged again when the intent is recorded.
    const blockers = plan.blockers.filter(({ by, reason }) => by !== missing?.by || reason !== missing.reason);
    return { ...plan, blockers };
  });
  const needsReason = all.some(({ refusals }) => refusals.some(({ word }) => word === 'reason-missing'));
  const without = all.flatMap(({ plan, refusals }) =>
    refusals.some(({ word }) => word === 'no-grant') ? plan.tenants : [],
  );
  return {
    ...{ title: action.title, plans, needsReason, ...given, confirmation: confirmationOf(plans) },
    wayToGrant: without.length === 0 ? null : await wayFor(action.name, [...new Set(without)], given.reason, context),
  };
}

/** One line for all of them: a bulk asks once. */
async function wayFor(action: string, tenants: readonly string[], reason: string | null, context: ActContext) {
  const [state, present] = await Promise.all([context.ledger.state(), presentIn(context.ledger, context.clock)]);
  return wayToGrant({ action, tenants, plan: null }, reason, accessNow(present, state, context.clock));
}
