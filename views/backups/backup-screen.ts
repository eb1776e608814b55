import { bottomLines } from '../components/bottom.ts';
import { legible } from '../components/legible.ts';
import { paint, type Span, span } from '../components/line.ts';
import { listHeights } from '../components/list.ts';
import type { BackupScreen } from '../state/backup-screens.ts';
import type { ConsoleState } from '../state/state.ts';
import { estateLine } from '../tenants/header.ts';
import { backupBody } from './body.ts';

type Row = readonly Span[];

/** One backup, whole: what it holds, what is missing, and what was proven of it. */
export function backupScreenLines(state: ConsoleState, screen: BackupScreen): readonly string[] {
  const width = state.columns - 1;
  const heights = listHeights(state);
  const line = (spans: Row) => paint(spans, state.theme, width);
  const rule = line([span('─'.repeat(width), 'border')]);
  const rows = backupBody(state, screen);
  const height = heights.table + heights.titles;
  return [
    ...(heights.headers > 1 ? [line(estateLine(state, width))] : []),
    line([
      span(` Backup ${legible(screen.backup)}`, 'text.title'),
      span(` of ${legible(screen.tenant)}`, 'text.secondary'),
    ]),
    ...(heights.rules > 0 ? [rule] : []),
    ...Array.from({ length: height }, (_, row) => line([span(' '), ...(rows[screen.top + row] ?? [])])),
    ...(heights.rules > 1 ? [rule] : []),
    ...bottomLines(state, [], heights.bottom, width).map(line),
  ];
}
