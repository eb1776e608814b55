import type { Action } from '#actions/action.ts';
import type { Plan } from '#actions/plan.ts';
import { planFields } from '#actions/plan-fields.ts';
import type { Invocation } from '#grammar/command.ts';
import { formatOf, printList, printOne } from '#grammar/output.ts';
import { planText } from '#grammar/plan-text.ts';
import { type ExitCode, exitCodes } from '#text/till-error.ts';

/** What `--dry-run` shows, and what it means to a script. */
export async function printPlans(action: Action, plans: readonly Plan[], invocation: Invocation): Promise<ExitCode> {
  const isOneDocument = plans.length > 1 && ['json', 'yaml'].includes(formatOf(invocation));
  if (isOneDocument) {
    // One document, whatever was chosen.
    await printList(invocation, {
      ...{ kind: 'PlanList', columns: [] },
      items: plans.map(planFields),
      name: () => '',
    });
  }
  for (const plan of isOneDocument ? [] : plans) {
    await printOne(invocation, {
      kind: 'Plan',
      fields: planFields(plan),
      name: plan.digest,
      text: (paint) => planText(action.title, plan, paint),
    });
  }
  return plans.some(({ blockers, serverChecked }) => blockers.length > 0 || serverChecked === 'refused')
    ? exitCodes.refused
    : exitCodes.ok;
}
