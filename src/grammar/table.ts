import { clean } from '#text/clean.ts';
import { cells, cut } from '#text/width.ts';
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
/** A column cut to less than this says nothing; one is left out instead. */
const least = 8;

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
        const words = cut(text, room);
        // Only the words are painted: the space that fills the column would carry an underline or a background.
        const fill = ' '.repeat(Math.max(0, room - cells(words)));
        return columns[index]?.align === 'right' ? fill + paint(tone, words) : paint(tone, words) + fill;
      })
      .join(gap)
      .replace(/ +$/u, '');
  return [columns.map(({ title }): Piece => ({ text: title, tone: 'faint' })), ...rows].map(line);
}

function pieceOf(cell: Cell): Piece {
  return typeof cell === 'string' ? { text: clean(cell), tone: 'plain' } : { text: clean(cell.text), tone: cell.tone };
}

/** Widths that fit; a column that finds no room is 0 wide. The last ones are left out first. */
function fitted(natural: readonly number[], columns: readonly Column<never>[], width: number): readonly number[] {
  for (let count = natural.length; count > 1; count -= 1) {
    const widths = squeezed(natural.slice(0, count), columns, width);
    if (widths !== null) {
      return natural.map((_, index) => widths[index] ?? 0);
    }
  }
  return natural.map((one, index) => (index === 0 ? Math.min(one, Math.max(1, width)) : 0));
}

/** First the columns that may shrink give way, then whichever is widest; null when that is not enough. */
function squeezed(
  natural: readonly number[],
  columns: readonly Column<never>[],
  width: number,
): readonly number[] | null {
  const widths = [...natural];
  let over = widths.reduce((sum, one) => sum + one, gap.length * (widths.length - 1)) - width;
  for (const mayGive of [(index: number) => columns[index]?.shrinks === true, () => true]) {
    while (over > 0) {
      const widest = widths.reduce(
        (best, one, index) => (mayGive(index) && one > least && one > (widths[best] ?? least) ? index : best),
        -1,
      );
      if (widest === -1) {
        break;
      }
      widths[widest] = (widths[widest] ?? 0) - 1;
      over -= 1;
    }
  }
  return over > 0 ? null : widths;
}
