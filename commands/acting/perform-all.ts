import type { Action } from '#actions/action.ts';
import type { ActContext } from '#actions/context.ts';
import { performPlans } from '#actions/perform-plans.ts';
import type { Plan } from '#actions/plan.ts';
import { openOnes, planAll } from '#actions/plan-all.ts';
import { mustStand } from '#actions/way-back.ts';
import type { Tenant } from '#estate/estate.ts';
import type { Invocation } from '#grammar/command.ts';
import { seconds } from '#grammar/seconds.ts';
import type { JsonObject } from '#ledger/canonical.ts';
import { type ExitCode, exitCodes } from '#text/till-error.ts';
import { isAgreed } from './agree.ts';
import { exitOfEnds, type Performed, printEnds } from './ends.ts';
import { mustBeExpected } from './expectation.ts';
import { printPlans } from './print-plans.ts';
import { telling } from './telling.ts';

const usualTimeoutSeconds = 600;

/** Plan all, confirm once, then run each; the list is frozen by what was planned (design §4). */
export async function performAll(
  action: Action,
  params: JsonObject,
  tenants: readonly (Tenant | null)[],
  context: ActContext,
  invocation: Invocation,
  undoing?: { readonly mustStandAs: Parameters<typeof mustStand>[1] },
): Promise<ExitCode> {
  const { io } = invocation;
  const circumstances = { reason: invocation.value('reason') ?? null, ticket: invocation.value('ticket') ?? null };
  // A wrong one is said before anything is recorded.
  const timeoutMs = (seconds(invocation, 'timeout') ?? action.timeoutSeconds ?? usualTimeoutSeconds) * 1000;
  const prepared = await planAll(action, params, tenants, context, circumstances);
  const isDryRun = invocation.given('dry-run');
  const plans = await Promise.all(
    prepared.map(({ plan }) => (isDryRun ? checkedByServer(plan, action, context) : plan)),
  );
  for (const plan of undoing === undefined ? [] : plans) {
    mustStand(plan, undoing?.mustStandAs ?? []);
  }
  mustBeExpected(plans, invocation.values('expect'));
  if (isDryRun) {
    return await printPlans(action, plans, invocation);
  }
  if (openOnes(plans).length > 0 && !(await isAgreed(action, plans, invocation))) {
    return exitCodes.confirmationMissing;
  }
  const key = invocation.value('idempotency-key');
  let bulk: string | null = null;
  const ends = await performPlans(
    plans,
    { action, ...circumstances, incident: invocation.value('incident') ?? null },
    {
      ...{ context, timeoutMs, signal: io.signal },
      waits: !invocation.given('no-wait'),
      keepsGoing: invocation.given('keep-going'),
      keyOf: ({ tenants: [first] }) =>
        (key === undefined || action.target === 'estate' ? key : `${key}/${first}`) ?? null,
      ...telling(action, io),
      onBulk(id) {
        bulk = id;
        io.err(`bulk ${id}: ${plans.length} operations\n`);
      },
      onUnrecorded: (why) => io.err(`⚠ that some were never begun could not be recorded: ${why}\n`),
    },
  );
  const performed = plans.map((plan, index): Performed => ({ plan, end: ends[index] ?? null }));
  await printEnds(action, performed, bulk, invocation);
  return exitOfEnds(performed);
}

async function checkedByServer(plan: Plan, action: Action, context: ActContext): Promise<Plan> {
  return action.dryRun === undefined
    ? plan
    : { ...plan, serverChecked: await action.dryRun(plan, plan.params, context) };
}
