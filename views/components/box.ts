import { cells, cut } from '#text/width.ts';
import type { ConsoleState } from '../state/state.ts';
import { keyHints } from './bottom.ts';
import type { EditLine } from './edit-line.ts';
import { legible } from './legible.ts';
import { fitSpans, paint, type Span, span, widthOf } from './line.ts';
import { listHeights } from './list.ts';

type Row = readonly Span[];

export interface Box {
  readonly title: string;
  /** Scrolls; the question below it never does. */
  readonly body: (width: number) => readonly Row[];
  readonly question: (width: number) => readonly Row[];
  readonly top: number;
  /** For the last row of the screen. */
  readonly keys: readonly (readonly [string, string])[];
}

/** Wide enough for a kubectl line; wider would only part what belongs together. */
const widest = 116;

/** The rows of the screen below, with a question laid over them; the first `headers` rows stay in sight. */
export function withBox(state: ConsoleState, box: Box, below: readonly string[], headers = 0): readonly string[] {
  const width = Math.min(widest, state.columns - 1);
  const start = state.rows >= 16 ? 2 + headers : Math.min(headers, 1);
  const lines = boxLines(state, box, width, Math.max(3, state.rows - start - 1));
  const rows = below.slice(0, state.rows).with(-1, paint(keyHints(state, box.keys), state.theme, state.columns - 1));
  const end = start + lines.length;
  // Half of what the cursor is on, left over under the box, would read as part of the question.
  const leftOver = end > state.rows - listHeights(state).bottom ? end : state.rows;
  return rows.map((row, index) =>
    index === rows.length - 1 ? row : index >= leftOver ? '' : (lines[index - start] ?? row),
  );
}

function boxLines(state: ConsoleState, box: Box, width: number, most: number): readonly string[] {
  const inside = width - 4;
  const body = box.body(inside);
  const question = box.question(inside);
  const height = Math.max(1, Math.min(body.length, most - 2 - question.length));
  const top = Math.max(0, Math.min(box.top, body.length - height));
  const hidden = body.length - height - top;
  const row = (spans: readonly Span[]) =>
    paint([span('│ ', 'border'), ...fitSpans(spans, inside), span(' │', 'border')], state.theme, width);
  const edge = (left: string, right: string, words: Span, at: 'start' | 'end') => {
    const text = { ...words, text: cut(words.text, width - 4) };
    const line = span('─'.repeat(Math.max(0, width - 3 - cells(text.text))), 'border');
    const parts = at === 'start' ? [span(left, 'border'), text, line] : [span(left, 'border'), line, text];
    return paint(
      [...parts, span('─', 'border'), span(right, 'border')].filter(({ text: one }) => one !== ''),
      state.theme,
      width,
    );
  };
  return [
    edge('╭', '╮', span(` ${legible(box.title)} `, 'text.title'), 'start'),
    ...body.slice(top, top + height).map(row),
    ...question.map(row),
    edge('╰', '╯', span(` ${moreWords(top, hidden)}Esc leaves `, 'text.secondary'), 'end'),
  ];
}

/** What of it is out of sight, and which keys bring it. */
function moreWords(above: number, below: number): string {
  return [above > 0 ? `↑ ${above} above · ` : '', below > 0 ? `↓ ${below} more rows · ` : ''].join('');
}

/** A line that is typed. The one that has the keys has the caret. */
export function typedRow(label: string, { before, after }: EditLine, isHere: boolean, width: number): Row {
  const room = Math.max(8, width - cells(label) - 1);
  const shown = cells(before) > room ? before.slice(-room) : before;
  const spans = [
    span(label, isHere ? 'text.strong' : 'text.secondary'),
    span(legible(shown)),
    ...(isHere ? [span('▏', 'key')] : []),
  ];
  return widthOf(spans) < width ? [...spans, span(legible(after))] : spans;
}
