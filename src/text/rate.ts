import { size } from './size.ts';

/** What happens each second, in words for a column: `0/s`, `3.4/s`, `120/s`; below one a second it is told by the minute. */
export function rate(perSecond: number): string {
  const value = Math.max(0, perSecond);
  if (value === 0) {
    return '0/s';
  }
  return value < 1 ? `${digits(value * 60)}/min` : `${digits(value)}/s`;
}

/** Bytes each second: `1.5 MiB/s`. */
export function byteRate(bytesPerSecond: number): string {
  return `${size(Math.max(0, bytesPerSecond))}/s`;
}

function digits(value: number): string {
  return value >= 10 ? String(Math.round(value)) : value.toFixed(1).replace(/\.0$/u, '');
}
