import { bottomLines } from '../components/bottom.ts';
import { paint, type Span, span } from '../components/line.ts';
import { listHeights } from '../components/list.ts';
import type { ConsoleState, EntryScreen } from '../state/state.ts';
import { estateLine } from '../tenants/header.ts';
import { entryLines } from './lines.ts';
import { entryName, signOfEntry } from './rows.ts';

/** One entry with everything that is in it, as it was written. */
export function entryScreenLines(state: ConsoleState, { entry, top }: EntryScreen): readonly string[] {
  const width = state.columns - 1;
  const heights = listHeights(state);
  const line = (spans: readonly Span[]) => paint(spans, state.theme, width);
  const rule = line([span('─'.repeat(width), 'border')]);
  const { glyph, token } = signOfEntry(entry);
  const rows = entryLines(entry, width - 2);
  const height = heights.table + heights.titles;
  return [
    ...(heights.headers > 1 ? [line(estateLine(state, width))] : []),
    line([
      span(` Entry ${entry.seq} `, 'text.title'),
      span(`${glyph} `, token),
      span(entryName(entry), 'text.strong'),
      span(`   ${entry.at}`, 'text.secondary'),
    ]),
    ...(heights.rules > 0 ? [rule] : []),
    ...Array.from({ length: height }, (_, row) => line(rows[top + row] ?? [])),
    ...(heights.rules > 1 ? [rule] : []),
    ...bottomLines(state, [], heights.bottom, width).map(line),
  ];
}
