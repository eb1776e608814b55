import { cells } from '#text/width.ts';
import { type Span, span } from '../components/line.ts';

const blocks = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** One measurement; null where nothing was measured: drawn as a dot, never as zero. */
export type Measured = number | null;

export interface ChartOptions {
  /** Stands in front of the line: `RTO 30m`. */
  readonly label: string;
  /** What the tier promises, in the unit of the values; null draws no line. */
  readonly target: number | null;
  /** Cells and rows to draw in. */
  readonly width: number;
  readonly height: number;
  /** For the scale’s end: `1h05m`. */
  readonly say: (value: number) => string;
}

/**
 * Values over time as columns of blocks, oldest left, with the tier’s line as a row of its own: what sticks out above it is
 * too slow. So it needs no colour, and no fraction of a cell decides whether a value is over the line.
 */
export function chart(values: readonly Measured[], options: ChartOptions): readonly (readonly Span[])[] {
  const { label, target, width, height, say } = options;
  const top = Math.max(0, ...values.map((value) => value ?? 0));
  const scale = target === null ? `max ${say(top)}` : say(target);
  const gutter = Math.max(cells(label), cells(scale)) + 1;
  const room = Math.max(1, width - gutter - 1);
  // Wide bars where there are few of them: a single cell is hard to see.
  const wide = Math.max(1, Math.min(3, Math.floor(room / Math.max(1, values.length))));
  const shown = values.slice(-Math.max(1, Math.floor(room / wide)));
  return target === null || target <= 0
    ? plain(shown, { top, gutter, label, scale, height, wide })
    : lined(shown, { top, target, gutter, label, scale, height, wide, room });
}

interface Drawing {
  readonly top: number;
  readonly gutter: number;
  readonly label: string;
  readonly scale: string;
  readonly height: number;
  readonly wide: number;
}

function plain(values: readonly Measured[], { top, gutter, label, scale, height, wide }: Drawing) {
  return Array.from({ length: height }, (_, index): readonly Span[] => {
    const row = height - 1 - index;
    const words = index === 0 ? label : index === 1 ? scale : '';
    return [
      span(words.padEnd(gutter), 'text.secondary'),
      span(values.map((value) => bar(cell(value, row, top / height), wide)).join(''), 'orders'),
    ];
  });
}

function lined(
  values: readonly Measured[],
  {
    top,
    target,
    gutter,
    label,
    scale,
    height,
    wide,
    room,
  }: Drawing & { readonly target: number; readonly room: number },
): readonly (readonly Span[])[] {
  // The line takes a row; what is left is shared by what lies under it and what does not.
  const below = Math.max(1, Math.ceil((height - 1) / 2));
  const above = Math.max(1, height - 1 - below);
  const unit = target / below;
  const over = Math.max(unit, (top - target) / above);
  const rows: (readonly Span[])[] = [];
  for (let row = above - 1; row >= 0; row -= 1) {
    rows.push([
      span((row === above - 1 ? label : '').padEnd(gutter), 'text.secondary'),
      span(values.map((value) => bar(beyond(value, target, row, over), wide)).join(''), 'status.warn'),
    ]);
  }
  const crossed = values.map((value) => bar((value ?? 0) > target ? '█' : '─', wide, '─')).join('');
  rows.push([
    span(scale.padEnd(gutter), 'text.strong'),
    span(crossed, 'text.strong'),
    span('─'.repeat(Math.max(0, room - cells(crossed))), 'border'),
  ]);
  for (let row = below - 1; row >= 0; row -= 1) {
    rows.push([
      span(' '.repeat(gutter)),
      span(values.map((value) => bar(cell(value, row, unit), wide)).join(''), 'orders'),
    ]);
  }
  return rows;
}

/** With a gap to the next one, where a bar is wide enough to have one. */
function bar(block: string, wide: number, gap = ' '): string {
  return wide === 1 ? block : `${block.repeat(wide - 1)}${gap}`;
}

/** How much of this row a value fills: rows count from the bottom, each is worth `unit`. */
function cell(value: Measured, row: number, unit: number): string {
  if (value === null) {
    return row === 0 ? '·' : ' ';
  }
  const eighths = unit <= 0 ? 0 : Math.round(((value - row * unit) / unit) * 8);
  // What was measured is seen, however little it is.
  return blocks[Math.max(row === 0 ? 1 : 0, Math.min(8, eighths))] ?? ' ';
}

function beyond(value: Measured, target: number, row: number, unit: number): string {
  const rest = (value ?? 0) - target;
  if (rest <= 0) {
    return ' ';
  }
  const eighths = Math.round(((rest - row * unit) / unit) * 8);
  return blocks[Math.max(row === 0 ? 1 : 0, Math.min(8, eighths))] ?? ' ';
}
