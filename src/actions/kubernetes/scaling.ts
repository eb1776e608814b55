import { exitCodes, TillError } from '#text/till-error.ts';

/** How many: `4`, `+2`, `-1`; `3..8` are the bounds of an autoscaler. */
export type Wish =
  | { readonly kind: 'exactly'; readonly count: number }
  | { readonly kind: 'by'; readonly difference: number }
  | { readonly kind: 'bounds'; readonly min: number; readonly max: number };

/** Nobody needs more of one workload in one step; a slip of the finger does. */
const most = 500;

export function wishIn(text: string, flag: string): Wish {
  const bounds = /^(\d{1,4})\.\.(\d{1,4})$/.exec(text);
  if (bounds !== null) {
    const [min, max] = [Number(bounds[1]), Number(bounds[2])];
    if (min >= 1 && min <= max && max <= most) {
      return { kind: 'bounds', min, max };
    }
  }
  const match = /^([+-]?)(\d{1,4})$/.exec(text);
  const count = Number(match?.[2]);
  if (match === null || count > most) {
    throw new TillError(`--${flag} takes a number such as 4, +2, =-1, or bounds such as 3..8, not "${text}"`, {
      exit: exitCodes.usage,
      reason: 'bad-value',
      target: `--${flag}`,
    });
  }
  return match[1] === '' ? { kind: 'exactly', count } : { kind: 'by', difference: match[1] === '-' ? -count : count };
}

/** How many a workload has then; never below none. */
export function countAfter(wish: Wish, now: number): number {
  switch (wish.kind) {
    case 'exactly':
      return wish.count;
    case 'by':
      return Math.max(0, now + wish.difference);
    case 'bounds':
      return Math.min(wish.max, Math.max(wish.min, now));
  }
}

/**
 * An autoscaler's bounds after a wish. More counts from what runs now: who asks for two more at the tills wants two more than
 * they see, and a minimum below what runs would start none. Fewer counts from the minimum: what runs above it, load asks for.
 */
export function boundsAfter(
  wish: Wish,
  now: { readonly min: number; readonly max: number; readonly running: number },
): { readonly min: number; readonly max: number } {
  if (wish.kind === 'bounds') {
    return { min: wish.min, max: wish.max };
  }
  const isMore = wish.kind === 'by' && wish.difference > 0;
  const min = countAfter(wish, isMore ? Math.max(now.min, now.running) : now.min);
  return { min, max: Math.max(now.max, min) };
}

/** Severe where it takes a workload away, or more than half of it, from people who buy. */
export function isDrastic(before: number, after: number, isProduction: boolean): boolean {
  return isProduction && after < before && (after === 0 || after * 2 < before);
}
