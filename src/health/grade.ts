import type { UnknownReason } from '#systems/source.ts';
import type { Reading } from './signal.ts';
import type { Grade, Threshold } from './status.ts';

/** Worst first: what is known to hurt, then what is unknown, then what is well. */
export const severity: Readonly<Record<Grade, number>> = { critical: 3, warn: 2, unknown: 1, ok: 0 };

/** The reading's own grade, or what the threshold makes of its value; no number and no word for it is unknown. */
export function gradeOf(reading: Reading, threshold: Threshold | null): Grade {
  if (reading.grade !== undefined) {
    return reading.grade;
  }
  if (reading.value === null || Number.isNaN(reading.value)) {
    return 'unknown';
  }
  if (threshold === null) {
    return 'ok';
  }
  const { value } = reading;
  const passes = (bound: number | null) =>
    bound !== null && (threshold.direction === 'above' ? value >= bound : value <= bound);
  if (passes(threshold.critical)) {
    return 'critical';
  }
  return passes(threshold.warn) ? 'warn' : 'ok';
}

/**
 * Reasons that say "nothing to judge now", not "we may be blind": a shop closed at night has no baseline, a sleeping
 * tenant is not woken. Beside a signal that is ok they leave its layer ok; alone they make it unknown, never green.
 */
export function isQuiet(reason: UnknownReason | null): boolean {
  return reason === 'no-baseline' || reason === 'not-probed' || reason === 'unsupported';
}
