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
  signal: { readonly name: string; readonly unit: string; readonly threshold: T | null },
  tier: ThresholdOverrides | undefined,
  tenant: ThresholdOverrides,
): T | null {
  const { name, threshold, unit } = signal;
  if (threshold === null) {
    return null;
  }
  const bound = (key: keyof Bounds): number | null => {
    const said = tenant[name]?.[key] ?? tier?.[name]?.[key];
    if (said === undefined || typeof said === 'number') {
      return said ?? threshold[key];
    }
    return unit === 'milliseconds' ? said.seconds * 1000 : said.seconds;
  };
  return { ...threshold, warn: bound('warn'), critical: bound('critical') };
}
