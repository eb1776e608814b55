import type { Tenant } from '#estate/estate.ts';
import { canonical, type JsonObject } from '#ledger/canonical.ts';
import type { LedgerEntry } from '#ledger/entry.ts';
import type { Ledger } from '#ledger/ledger.ts';
import { confirmationFor } from '#policy/confirm.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import type { Action } from '../action.ts';
import type { ActContext } from '../context.ts';
import type { Danger, Plan, Undo } from '../plan.ts';
import { prepare } from '../prepare.ts';
import type { Planned } from './port.ts';

interface Given {
  readonly reason: string | null;
  readonly ticket: string | null;
  readonly incident: string | null;
}

/** Steps 2 and 3 of the path for every tenant that is meant, as one dialog asks about them. */
export async function plannedFor(
  action: Action,
  params: JsonObject,
  tenants: readonly (Tenant | null)[],
  given: Given,
  context: ActContext,
): Promise<Planned> {
  const plans: Plan[] = [];
  let needsReason = false;
  for (const tenant of tenants) {
    const { plan, refusals } = await prepare(action, params, tenant, context, given);
    const missing = refusals.find(({ word }) => word === 'reason-missing');
    needsReason ||= missing !== undefined;
    // A dialog can ask for the reason; whether it was given is judged again when the intent is recorded.
    plans.push({
      ...plan,
      blockers: plan.blockers.filter(({ by, reason }) => by !== missing?.by || reason !== missing.reason),
    });
  }
  return { title: action.title, plans, needsReason, ...given, confirmation: confirmationOf(plans) };
}

/** What agrees to those of the plans that nothing stands in the way of; null when there are none. */
export function confirmationOf(plans: readonly Plan[]): Planned['confirmation'] {
  const open = plans.filter(({ blockers }) => blockers.length === 0);
  const [first] = open;
  return first === undefined
    ? null
    : confirmationFor(worst(open), { confirmWith: first.confirmWith, count: open.length });
}

const dangers: readonly Danger[] = ['severe', 'moderate', 'mild'];

function worst(plans: readonly Plan[]): Danger {
  return dangers.find((danger) => plans.some((plan) => plan.danger === danger)) ?? 'severe';
}

/** What would take an operation back, and on whom. Throws TillError where till knows no way. */
export async function wayBack(
  operation: string,
  ledger: Ledger,
): Promise<{ readonly undo: Undo; readonly intent: LedgerEntry; readonly tenant: string | null }> {
  for await (const intent of ledger.newest({ operation, phase: 'intent', limit: 1 })) {
    const undo = (intent.plan?.undo ?? null) as Undo | null;
    if (undo !== null) {
      const acted = intent.plan?.objects.find((object) => object.tenant !== null)?.tenant;
      return { undo, intent, tenant: acted ?? intent.target?.tenants[0] ?? null };
    }
  }
  throw new TillError('there is no way back from it that till knows', {
    exit: exitCodes.refused,
    reason: 'no-undo',
    target: operation,
    operation,
  });
}

/** An undo holds only while what was written still stands: anything else is somebody else's later work. */
export function mustStand(plan: Plan, { plan: done }: LedgerEntry): void {
  for (const { object, field, after } of done?.changes ?? []) {
    const now = plan.changes.find((change) => change.object === object && change.field === field);
    if (now !== undefined && canonical(now.before) !== canonical(after)) {
      throw new TillError(
        `the world has moved on: ${object} ${field} was left at ${canonical(after)} and is ${canonical(now.before)} now`,
        { exit: exitCodes.refused, reason: 'moved', next: 'plan the change anew' },
      );
    }
  }
}
