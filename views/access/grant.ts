import { bottomLines } from '../components/bottom.ts';
import { legible } from '../components/legible.ts';
import { paint, type Span, span } from '../components/line.ts';
import { listHeights } from '../components/list.ts';
import type { ConsoleState, GrantScreen } from '../state/state.ts';
import { estateLine } from '../tenants/header.ts';
import { grantScreenRows } from './moves.ts';
import { clockWords, rowNamed, signOfGrant } from './rows.ts';

/** One grant with everything that there is to know of it before anything is decided. */
export function grantScreenLines(state: ConsoleState, screen: GrantScreen): readonly string[] {
  const width = state.columns - 1;
  const heights = listHeights(state);
  const line = (spans: readonly Span[]) => paint(spans, state.theme, width);
  const rule = line([span('─'.repeat(width), 'border')]);
  const height = heights.table + heights.titles;
  const rows = grantScreenRows(state, screen);
  const hidden = rows.length - height - screen.top;
  const more = hidden > 0 ? [[span(` ↓ ${hidden} more rows`, 'text.secondary')]] : [];
  return [
    ...(heights.headers > 1 ? [line(estateLine(state, width))] : []),
    line(title(state, screen)),
    ...(heights.rules > 0 ? [rule] : []),
    ...Array.from({ length: height }, (_, row) => line([span(' '), ...(rows[screen.top + row] ?? [])])),
    ...(heights.rules > 1 ? [rule] : []),
    ...bottomLines(state, more, heights.bottom, width).map(line),
  ];
}

function title(state: ConsoleState, { grant, failure }: GrantScreen): readonly Span[] {
  const row = rowNamed(state, grant);
  if (row === undefined) {
    return [span(' Grant ', 'text.title'), span(`${legible(grant)} is not known any more`, 'status.unknown')];
  }
  const { glyph, word, token } = signOfGrant(row);
  const left = row.status === 'active' ? `   ${clockWords(row.grant.expiresAt, row.now)} left` : '';
  return [
    span(' Grant ', 'text.title'),
    span(`${glyph} ${legible(word)}`, token),
    span(`  ${legible(row.grant.subject)}`, 'text.strong'),
    span(left, 'text.strong'),
    span(failure === null ? '' : `   ? its history could not be read: ${legible(failure)}`, 'status.unknown'),
  ];
}
