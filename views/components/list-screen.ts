import { cells } from '#text/width.ts';
import { marks } from '#themes/glyphs.ts';
import type { ConsoleState } from '../state/state.ts';
import { estateLine } from '../tenants/header.ts';
import { bottomLines } from './bottom.ts';
import { type Column, cellsOf, layOut, titlesOf } from './columns.ts';
import { paint, type Span, span } from './line.ts';
import { type ListCursor, listHeights, placeIn } from './list.ts';
import { topFor } from './scroll.ts';

/** A whole screen that is one list: the estate's line, a title, the rows, and more of the selected one below. */
export function listScreen<Row>(
  state: ConsoleState,
  list: ListCursor,
  {
    title,
    rows,
    id,
    columns,
    words,
    details,
    foot = '',
    above = [],
  }: {
    readonly title: readonly Span[];
    /** Stands over the table, which is so much shorter. */
    readonly above?: readonly (readonly Span[])[];
    readonly rows: readonly Row[];
    readonly id: (row: Row) => string;
    readonly columns: readonly Column<Row>[];
    /** In place of rows. */
    readonly words: readonly Span[] | null;
    readonly details: (row: Row, count: number, width: number) => readonly (readonly Span[])[];
    /** Stands in the rule below the rows. */
    readonly foot?: string;
  },
): readonly string[] {
  const width = state.columns - 1;
  const all = listHeights(state);
  const heights = { ...all, table: Math.max(1, all.table - above.length) };
  const line = (spans: readonly Span[], under?: 'row.selected') => paint(spans, state.theme, width, under);
  const rule = line([span('─'.repeat(width), 'border')]);
  const layout = layOut(columns, width - 2);
  const place = placeIn(rows.map(id), list);
  const top = topFor(place, list.top, heights.table, rows.length);
  const table = Array.from({ length: heights.table }, (_, index) => {
    if (words !== null) {
      return index === (heights.table > 3 ? 1 : 0) ? line([span('  '), ...words]) : '';
    }
    const row = rows[top + index];
    const here = top + index === place;
    return row === undefined
      ? ''
      : line(
          [span(here ? `${marks.cursor} ` : '  ', 'key'), ...cellsOf(layout, row, state.now)],
          here ? 'row.selected' : undefined,
        );
  });
  const selected = words === null ? rows[place] : undefined;
  const below = selected === undefined ? [] : details(selected, heights.bottom - 1, width);
  return [
    ...(heights.headers > 1 ? [line(estateLine(state, width))] : []),
    line(title),
    ...(heights.rules > 0 ? [rule] : []),
    ...above.map((spans) => line(spans)),
    ...(heights.titles > 0 ? [line([span('  '), ...titlesOf(layout)])] : []),
    ...table,
    ...(heights.rules > 1 ? [foot === '' ? rule : line(footed(foot, width))] : []),
    ...bottomLines(state, below, heights.bottom, width).map((spans) => line(spans)),
  ];
}

function footed(foot: string, width: number): readonly Span[] {
  const words = ` ${foot} `;
  return [
    span('─'.repeat(Math.max(0, width - cells(words) - 2)), 'border'),
    span(words, 'text.secondary'),
    span('──', 'border'),
  ];
}
