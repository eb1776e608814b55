import type { Threshold, Unit } from '#health/status.ts';
import { span as inWords } from '#text/age.ts';
import { size } from '#text/size.ts';

/** A signal's value as a person reads it: `14`, `87 %`, `3m12s`, `1.5 GiB`. */
export function valueInWords(value: number | null, unit: Unit): string {
  if (value === null) {
    return '–';
  }
  switch (unit) {
    case 'count':
      return Math.abs(value) >= 10_000_000 ? `${grouped(Math.round(value / 1_000_000))} M` : grouped(value);
    case 'percent':
      return `${rounded(value)} %`;
    case 'ratio':
      return rounded(value);
    case 'seconds':
      return value > 0 && value < 10 && !Number.isInteger(value) ? `${rounded(value)}s` : inWords(value);
    case 'milliseconds':
      return value < 1000
        ? `${Math.round(value)} ms`
        : value < 10_000
          ? `${rounded(value / 1000)}s`
          : inWords(value / 1000);
    case 'bytes':
      return size(value);
    case 'none':
      return rounded(value);
  }
}

/** `≥ 80 % / 95 %`: from where it is warn, from where critical; with `≤` when less is worse. */
export function thresholdInWords(threshold: Threshold | null, unit: Unit): string {
  if (threshold === null || (threshold.warn === null && threshold.critical === null)) {
    return '';
  }
  const bound = (value: number | null) =>
    value === null ? '–' : valueInWords(value, unit).replace(/(?<=m)00s|(?<=h)00m/u, '');
  return `${threshold.direction === 'above' ? '≥' : '≤'} ${bound(threshold.warn)} / ${bound(threshold.critical)}`;
}

function rounded(value: number): string {
  return Number.isInteger(value) || Math.abs(value) >= 100 ? grouped(Math.round(value)) : value.toFixed(1);
}

function grouped(value: number): string {
  return String(value).replace(/\B(?<!\.\d*)(?=(\d{3})+(?!\d))/g, ',');
}
