import type { ObjectSelector } from '../selectors/labels.ts';
import type { ContainerSpec } from '../shapes.ts';

export type Cell = string | number | boolean;

/** Ages as the server prints them: `8m44s`, `3h`, `2d4h` (apimachinery's duration.HumanDuration). */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / 1000);
  if (seconds < -1) {
    return '<invalid>';
  }
  const minutes = Math.trunc(seconds / 60);
  const hours = Math.trunc(minutes / 60);
  const days = Math.trunc(hours / 24);
  if (seconds < 120) {
    return `${Math.max(0, seconds)}s`;
  }
  if (minutes < 10) {
    return pair(minutes, 'm', seconds % 60, 's');
  }
  if (minutes < 180) {
    return `${minutes}m`;
  }
  if (hours < 8) {
    return pair(hours, 'h', minutes % 60, 'm');
  }
  if (hours < 48) {
    return `${hours}h`;
  }
  if (days < 8) {
    return pair(days, 'd', hours % 24, 'h');
  }
  if (days < 730) {
    return `${days}d`;
  }
  const years = Math.trunc(days / 365);
  return days < 2920 ? pair(years, 'y', days % 365, 'd') : `${years}y`;
}

function pair(large: number, unit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${unit}` : `${large}${unit}${small}${smallUnit}`;
}

export function since(timestamp: string | null | undefined, now: number): string {
  return timestamp === undefined || timestamp === null || timestamp === ''
    ? '<unknown>'
    : humanDuration(now - Date.parse(timestamp));
}

export function or(value: string | undefined, otherwise: string): string {
  return value === undefined || value === '' ? otherwise : value;
}

export function containerNames(containers: readonly ContainerSpec[]): string {
  return containers.map(({ name }) => name).join(',');
}

export function images(containers: readonly ContainerSpec[]): string {
  return containers.map(({ image }) => image).join(',');
}

/** `a=b,c in (d,e)`, in the order of keys; `<none>` for nothing, as FormatLabelSelector prints it. */
export function selectorText(selector: ObjectSelector | undefined): string {
  const equal = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => ({ key, text: `${key}=${value}` }));
  const expressions = (selector?.matchExpressions ?? []).map(({ key, operator, values = [] }) => ({
    key,
    text: expressionText(key, operator, values),
  }));
  const parts = [...equal, ...expressions].sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ text }) => text);
  return parts.length === 0 ? '<none>' : parts.join(',');
}

function expressionText(key: string, operator: string, values: readonly string[]): string {
  switch (operator) {
    case 'In':
      return `${key} in (${values.toSorted().join(',')})`;
    case 'NotIn':
      return `${key} notin (${values.toSorted().join(',')})`;
    case 'Exists':
      return key;
    default:
      return `!${key}`;
  }
}

export function mapText(labels: Readonly<Record<string, string>> | undefined): string {
  return selectorText(labels === undefined ? undefined : { matchLabels: labels });
}
