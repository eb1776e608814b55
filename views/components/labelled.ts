import { cells } from '#text/width.ts';
import type { Token } from '#themes/index.ts';
import { legible } from './legible.ts';
import { type Span, span } from './line.ts';
import { wrapWords } from './wrap.ts';

type Row = readonly Span[];

export const labelWidth = 10;

/** Rows of a label and a text that is wrapped beside it; `faint` stands behind it, or below where there is no room. */
export function labelling(width: number) {
  return (label: string, text: string, token?: Token, faint = ''): readonly Row[] => {
    const room = Math.max(12, width - labelWidth);
    const [first = '', ...rest] = wrapWords(legible(text), room, 6);
    const rows = [first, ...rest];
    const tail = legible(faint);
    const joins = cells(rows.at(-1) ?? '') + cells(tail) <= room;
    const labelled = rows.map(
      (row, index): Row => [
        span((index === 0 ? label : '').padEnd(labelWidth), token ?? 'text.secondary'),
        span(row, token),
        ...(index === rows.length - 1 && joins && tail !== '' ? [span(tail, 'text.secondary')] : []),
      ],
    );
    return joins || tail === ''
      ? labelled
      : [...labelled, [span(' '.repeat(labelWidth)), span(tail.trim(), 'text.secondary')]];
  };
}
