import type { Action } from '#actions/action.ts';
import type { Plan } from '#actions/plan.ts';
import { confirmationOf, openOnes, worstOf } from '#actions/plan-all.ts';
import type { Invocation } from '#grammar/command.ts';
import { paintOf } from '#grammar/output.ts';
import { planText } from '#grammar/plan-text.ts';
import { isConfirmed } from '#policy/confirm.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import { ask } from './ask.ts';

/** Confirmed by flags, or by an answer on the terminal. Throws TillError (exit 5) where nobody can be asked. */
export async function isAgreed(action: Action, plans: readonly Plan[], invocation: Invocation): Promise<boolean> {
  const { io } = invocation;
  const needed = confirmationOf(plans);
  const given = { yes: invocation.given('yes'), confirm: invocation.value('confirm') ?? null };
  if (needed === null || isConfirmed(needed, given)) {
    return true;
  }
  const open = openOnes(plans);
  const mayAsk = io.stdinIsTTY && io.stderrIsTTY && !invocation.given('no-input') && given.confirm === null;
  if (mayAsk) {
    for (const plan of open) {
      io.err(planText(action.title, plan, paintOf(invocation)));
    }
    return await ask(needed, io);
  }
  const flag = needed.kind === 'typed' ? `--confirm=${JSON.stringify(needed.text)}` : '--yes';
  throw new TillError(unconfirmed(action, open), {
    exit: exitCodes.confirmationMissing,
    reason: given.confirm === null ? 'confirmation-missing' : 'confirmation-wrong',
    ...(open[0] === undefined ? {} : { target: open[0].confirmWith }),
    next: `look with --dry-run, then ${flag}`,
  });
}

/** A pool is widened by name: whoever named one tenant is told who else feels it. */
function unconfirmed({ name }: Action, plans: readonly Plan[]): string {
  const pools = plans.filter(({ tenants }) => tenants.length > 1);
  const widened = pools.map(({ confirmWith, tenants }) => `${tenants.join(', ')} in the pool ${confirmWith}`);
  return pools.length === 0
    ? `${name} is ${worstOf(plans)} and was not confirmed`
    : `${name} cannot be narrowed to one tenant of a pool, and was not confirmed for ${widened.join('; ')}`;
}
