import { clean } from '#text/clean.ts';
import { cut } from '#text/width.ts';
import { gradeOf, severity } from './grade.ts';
import type { Grade, Threshold } from './status.ts';

/** What a threshold says of a number. */
export function gradeAt(value: number, threshold: Threshold | null): Grade {
  return gradeOf({ value, message: '' }, threshold);
}

export function worseOf(a: Grade, b: Grade): Grade {
  return severity[a] >= severity[b] ? a : b;
}

const thousands = new Intl.NumberFormat('en-US');

/** `1,204`, `7`: a whole number for a sentence. */
export function amount(value: number): string {
  return thousands.format(Math.round(value));
}

/** `1 session`, `1,204 sessions`, `2 queries`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${amount(value)} ${Math.round(value) === 1 ? one : many}`;
}

/** ` and 3 more`, or nothing when the one named was all there was. */
export function andMore(others: number): string {
  return others > 0 ? ` and ${amount(others)} more` : '';
}

/** A foreign text short enough for a sentence: one line, no control characters. */
export function brief(text: string, width = 40): string {
  return cut(clean(text).trim(), width);
}

/** A foreign name in quotation marks. */
export function quoted(text: string, width = 40): string {
  return `"${brief(text, width)}"`;
}
