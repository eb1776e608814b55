import { safeParse } from 'valibot';
import { duration } from '#estate/values.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import type { Invocation } from './command.ts';

/** A flag's duration (`90s`, `10m`) in seconds; null when it was not given. Throws TillError (exit 2). */
export function seconds({ value }: Pick<Invocation, 'value'>, flag: string): number | null {
  const text = value(flag);
  if (text === undefined) {
    return null;
  }
  const parsed = safeParse(duration, text);
  if (!parsed.success) {
    throw new TillError(`--${flag} takes a duration such as 90s or 10m, not "${text}"`, {
      exit: exitCodes.usage,
      reason: 'bad-value',
      target: `--${flag}`,
    });
  }
  return parsed.output;
}
