import { cells, fit as fitted } from '#text/width.ts';
import { fitSpans, type Span, span } from './line.ts';

export interface Column<Row> {
  readonly id: string;
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Cells it wants. A flexible column takes what the others leave, and at least this. */
  readonly width: number;
  readonly flexible?: boolean;
  /** A flexible column takes no more than this, so that what belongs together stays together on a wide screen. */
  readonly most?: number;
  /** When the terminal is too narrow, the highest goes first; 0 always stays. */
  readonly priority: number;
  /** `now` in epoch milliseconds, for ages. */
  cell(row: Row, now: number): Span | readonly Span[];
}

export interface PlacedColumn<Row> {
  readonly column: Column<Row>;
  readonly width: number;
}

export interface Layout<Row> {
  readonly gap: number;
  readonly columns: readonly PlacedColumn<Row>[];
}

/** The columns that fit into `width`, each with its cells; they fill it when a flexible one may take the rest. */
export function layOut<Row>(columns: readonly Column<Row>[], width: number, gap = width >= 100 ? 2 : 1): Layout<Row> {
  let kept = [...columns];
  const taken = () => kept.reduce((sum, column) => sum + column.width, 0) + gap * Math.max(0, kept.length - 1);
  while (taken() > width) {
    const last = kept.reduce((worst, column) => (column.priority > worst.priority ? column : worst));
    if (last.priority === 0) {
      break;
    }
    kept = kept.filter((column) => column !== last);
  }
  const spare = width - taken();
  const flexible = kept.find((column) => column.flexible) ?? (spare < 0 ? kept[0] : undefined);
  return {
    gap,
    columns: kept.map((column) => ({
      column,
      width: column === flexible ? Math.min(column.most ?? width, Math.max(1, column.width + spare)) : column.width,
    })),
  };
}

/** The row of titles; `arrow` marks the column that the rows are sorted by. */
export function titlesOf<Row>(layout: Layout<Row>, sorted: { id: string; arrow: string } | null = null): Span[] {
  return join(layout.gap, layout.columns, ({ column, width }) => {
    const title = column.id === sorted?.id ? withArrow(column.title, sorted.arrow, width) : column.title;
    return [span(fitted(title, width, column.align), column.id === sorted?.id ? 'text.strong' : 'text.secondary')];
  });
}

/** The arrow is there however narrow the column is. */
function withArrow(title: string, arrow: string, width: number): string {
  return cells(title) + 2 <= width ? `${title} ${arrow}` : `${title.slice(0, Math.max(1, width - 1))}${arrow}`;
}

export function cellsOf<Row>(layout: Layout<Row>, row: Row, now: number): Span[] {
  return join(layout.gap, layout.columns, ({ column, width }) => {
    const cell = column.cell(row, now);
    return fitSpans('text' in cell ? [cell] : cell, width, column.align);
  });
}

/** The widest of these texts, within bounds: what a column wants. */
export function widest(texts: Iterable<string>, least: number, most: number): number {
  let width = least;
  for (const text of texts) {
    width = Math.max(width, cells(text));
    if (width >= most) {
      return most;
    }
  }
  return width;
}

function join<Row>(
  gap: number,
  columns: readonly PlacedColumn<Row>[],
  each: (placed: PlacedColumn<Row>) => readonly Span[],
): Span[] {
  const between = span(' '.repeat(gap));
  return columns.flatMap((placed, index) => (index === 0 ? each(placed) : [between, ...each(placed)]));
}
