import { span } from '#text/age.ts';
import { size } from '#text/size.ts';
import type { Threshold, Unit } from './status.ts';

/** A value in its unit, in words: `1.5 MiB`, `3m12s`, `93 %`; `-` where there is none. */
export function amount(value: number | null, unit: Unit): string {
  if (value === null || !Number.isFinite(value)) {
    return '-';
  }
  switch (unit) {
    case 'bytes':
      return size(value);
    case 'seconds':
      return span(value);
    case 'milliseconds':
      return value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`;
    case 'percent':
      return `${Math.round(value)} %`;
    case 'ratio':
      return value.toFixed(2);
    case 'count':
    case 'none':
      return Math.round(value).toLocaleString('en');
  }
}

/** Both bounds as one reads them: `≥ 80 % ≥ 95 %` is `≥ 80 % / 95 %`; empty where there is none. */
export function bounds(threshold: Threshold | null, unit: Unit): string {
  if (threshold === null || (threshold.warn === null && threshold.critical === null)) {
    return '';
  }
  const sign = threshold.direction === 'above' ? '≥' : '≤';
  const both = [threshold.warn, threshold.critical].flatMap((bound) => (bound === null ? [] : [amount(bound, unit)]));
  return `${sign} ${[...new Set(both)].join(' / ')}`;
}
