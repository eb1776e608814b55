import { clean } from '#text/clean.ts';
import { cells, cut, fit as filled } from '#text/width.ts';
import type { Paint, Tone } from './style.ts';

/** Foreign text is cleaned here, so a column may hand over what a system said. */
export type Cell = string | { readonly text: string; readonly tone: Tone };

export interface Column<Item> {
  readonly title: string;
  value(item: Item): Cell;
  readonly align?: 'left' | 'right';
  /** Only with `-o wide`. */
  readonly wide?: boolean;
  /** Gives way first when the terminal is too narrow; without one, the widest does. */
  readonly shrinks?: boolean;
}

export interface TableOptions {
  readonly paint: Paint;
  /** Cells of the terminal; null when it is none, and then nothing is ever cut. */
  readonly width: number | null;
}

const gap = '  ';
/** A column narrower than this says nothing; it is left out instead. */
const least = 4;

interface Piece {
  readonly text: string;
  readonly tone: Tone;
}

/** Lines of a table, titles first, each without spaces at its end. */
export function tableLines<Item>(
  items: readonly Item[],
  columns: readonly Column<Item>[],
  { paint, width }: TableOptions,
): readonly string[] {
  const rows = items.map((item) => columns.map((column) => pieceOf(column.value(item))));
  const natural = columns.map((column, index) =>
    Math.max(cells(column.title), ...rows.map((row) => cells(row[index]?.text ?? ''))),
  );
  const widths = width === null ? natural : fitted(natural, columns, width);
  const shown = widths.findLastIndex((one) => one > 0);
  const line = (pieces: readonly Piece[]) =>
    pieces
      .slice(0, shown + 1)
      .map(({ text, tone }, index) => {
        const room = widths[index] ?? 0;
        const isLast = index === shown && columns[index]?.align !== 'right';
        return paint(tone, isLast ? cut(text, room) : filled(text, room, columns[index]?.align));
      })
      .join(gap)
      .replace(/ +$/u, '');
  return [columns.map(({ title }): Piece => ({ text: title, tone: 'faint' })), ...rows].map(line);
}

function pieceOf(cell: Cell): Piece {
  return typeof cell === 'string' ? { text: clean(cell), tone: 'plain' } : { text: clean(cell.text), tone: cell.tone };
}

/** Widths that fit: first the columns that may shrink give way, then the widest, then the last ones are left out. */
function fitted(natural: readonly number[], columns: readonly Column<never>[], width: number): readonly number[] {
  const widths = [...natural];
  const over = () => total(widths) - width;
  const give = (may: (index: number) => boolean) => {
    while (over() > 0) {
      const widest = widths.reduce(
        (best, one, index) => (may(index) && one > least && one > (widths[best] ?? least) ? index : best),
        -1,
      );
      if (widest === -1) {
        return;
      }
      // Down to the next widest at once would save steps; tables have a dozen columns, so one by one is cheap enough.
      widths[widest] = (widths[widest] ?? 0) - 1;
    }
  };
  give((index) => columns[index]?.shrinks === true);
  give(() => true);
  for (let index = widths.length - 1; index > 0 && over() > 0; index -= 1) {
    widths[index] = 0;
  }
  if (over() > 0) {
    widths[0] = Math.max(1, width);
  }
  return widths;
}

function total(widths: readonly number[]): number {
  const shown = widths.filter((one) => one > 0);
  return shown.reduce((sum, one) => sum + one, 0) + gap.length * Math.max(0, shown.length - 1);
}
