import type { OperationRow } from '#actions/desk/port.ts';
import { span as inWords } from '#text/age.ts';
import { type Column, widest } from '../components/columns.ts';
import { legible } from '../components/legible.ts';
import { type Span, span } from '../components/line.ts';
import { listScreen } from '../components/list-screen.ts';
import { wrapWords } from '../components/wrap.ts';
import type { ConsoleState, OperationsScreen } from '../state/state.ts';
import { operationName, operationRows, paceWords, progressBar, signOfOperation } from './rows.ts';

/** What runs and how far it is, and how the last ones ended. */
export function operationsScreenLines(state: ConsoleState, screen: OperationsScreen): readonly string[] {
  const rows = operationRows(state);
  const { standing } = state.acting;
  const running = standing?.running.length ?? 0;
  return listScreen(state, screen, {
    title: [
      span(' Operations', 'text.title'),
      span(`   ${running === 0 ? 'nothing runs' : `${running} running`}`, running === 0 ? 'text.secondary' : 'match'),
    ],
    rows,
    id: ({ operation }) => operation,
    columns: columns(rows),
    words: wordsInstead(state, rows),
    details: (row, count, width) => [
      [span(` ${row.operation} `, 'text.strong'), span(`by ${legible(row.actor)}`, 'text.secondary')],
      ...wrapWords([paceWords(row), legible(row.message ?? '')].filter(Boolean).join('   '), width - 2, count - 1).map(
        (text) => [span(` ${text}`)],
      ),
    ],
  });
}

function wordsInstead({ acting: { standing } }: ConsoleState, rows: readonly OperationRow[]): readonly Span[] | null {
  if (standing === null) {
    return [span('… reading the ledger', 'text.secondary')];
  }
  if (standing.failure !== null) {
    return [span(`? the ledger could not be read: ${legible(standing.failure)}`, 'status.unknown')];
  }
  return rows.length === 0 ? [span('Nothing has been done here yet.', 'text.secondary')] : null;
}

function columns(rows: readonly OperationRow[]): readonly Column<OperationRow>[] {
  return [
    {
      id: 'status',
      title: '  STATUS',
      width: widest(
        rows.map((row) => `  ${signOfOperation(row).word}`),
        9,
        15,
      ),
      priority: 0,
      cell: (row) => {
        const { glyph, word, token } = signOfOperation(row);
        return [span(`${glyph} `, token), span(word, token)];
      },
    },
    {
      id: 'operation',
      title: 'WHAT',
      width: widest(rows.map(operationName), 12, 36),
      priority: 0,
      cell: (row) => span(operationName(row), 'text.strong'),
    },
    {
      id: 'age',
      title: 'AGO',
      align: 'right',
      width: 6,
      priority: 2,
      cell: ({ startedAt, endedAt }, now) =>
        span(inWords(Math.max(0, (now - Date.parse(endedAt ?? startedAt)) / 1000)), 'text.secondary'),
    },
    {
      id: 'how',
      title: 'HOW FAR',
      width: 20,
      flexible: true,
      priority: 1,
      cell: (row) => {
        const bar = progressBar(row, 10);
        const pace = paceWords(row);
        return [
          span(bar === '' ? '' : `${bar}  `, 'match'),
          span(pace === '' ? '' : `${pace}  `),
          span(legible(row.message ?? ''), 'text.secondary'),
        ];
      },
    },
  ];
}
