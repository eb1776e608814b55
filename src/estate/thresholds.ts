import type { ThresholdOverrides } from './schema.ts';

/** The part of a signal's threshold that an estate may set. */
export interface Bounds {
  readonly warn: number | null;
  readonly critical: number | null;
}

/**
 * A signal's threshold as it holds for one tenant: what the tenant says wins over what its tier says, bound by bound, and
 * both over the signal's own.
 */
export function thresholdFor<T extends Bounds>(
  signal: { readonly name: string; readonly threshold: T | null },
  tier: ThresholdOverrides | undefined,
  tenant: ThresholdOverrides,
): T | null {
  const { name, threshold } = signal;
  if (threshold === null) {
    return null;
  }
  const bound = (key: keyof Bounds) => tenant[name]?.[key] ?? tier?.[name]?.[key] ?? threshold[key];
  return { ...threshold, warn: bound('warn'), critical: bound('critical') };
}
