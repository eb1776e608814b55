import type { Plan } from '#actions/plan.ts';
import { exitCodes, TillError } from '#text/till-error.ts';

/** `--expect digest=…`: throws TillError (exit 3) on any plan that is another one than was looked at. */
export function mustBeExpected(plans: readonly Plan[], pairs: readonly string[]): void {
  for (const pair of pairs) {
    const [key = '', value = ''] = pair.split(/=(.*)/su);
    if (key !== 'digest') {
      throw new TillError(`--expect knows no "${key}"; it is digest=…`, { exit: exitCodes.usage, reason: 'usage' });
    }
    const other = plans.find(({ digest }) => digest !== value);
    if (other !== undefined) {
      const [tenant] = other.tenants;
      throw new TillError(`the plan's digest is ${other.digest}, not ${value}`, {
        exit: exitCodes.checkFalse,
        reason: 'expectation',
        ...(tenant === undefined ? {} : { target: tenant }),
        next: 'look at the plan again with --dry-run',
      });
    }
  }
}
