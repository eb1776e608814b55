import { type LedgerEntry, whoOf } from '#ledger/entry.ts';
import { span as inWords } from '#text/age.ts';
import { type Column, widest } from '../components/columns.ts';
import { legible } from '../components/legible.ts';
import { type Span, span } from '../components/line.ts';
import { listScreen } from '../components/list-screen.ts';
import { wrapWords } from '../components/wrap.ts';
import type { ConsoleState, LedgerScreen } from '../state/state.ts';
import { entryId, entryName, entryWords, ledgerRows, signOfEntry } from './rows.ts';

/** Who did what, newest first. */
export function ledgerScreenLines(state: ConsoleState, screen: LedgerScreen): readonly string[] {
  const rows = ledgerRows(screen);
  const { operation, entries, filter } = screen;
  const about = operation === null ? '' : ` of ${operation}`;
  const count = entries === null ? '' : filter === '' ? `   ${rows.length}` : `   ${rows.length} of ${entries.length}`;
  return listScreen(state, screen, {
    title: [
      span(' Ledger', 'text.title'),
      span(legible(about), 'text.strong'),
      span(`${count} ${(entries ?? []).length === 1 ? 'entry' : 'entries'}, newest first`, 'text.secondary'),
      ...(filter === '' ? [] : [span(`   / ${legible(filter)}`, 'match')]),
    ],
    rows,
    id: entryId,
    columns: columns(rows),
    words: wordsInstead(screen, rows),
    foot: headWords(screen),
    details: (entry, lines, width) =>
      wrapWords(entryWords(entry), width - 2, lines).map((text): readonly Span[] => [span(` ${text}`)]),
  });
}

/** The newest entry's hash, which stands for all before it: a number to write down, or to hold against another's. */
function headWords({ operation, entries }: LedgerScreen): string {
  const [head] = operation === null ? (entries ?? []) : [];
  return head === undefined ? '' : `head ${head.seq} · ${head.hash.slice(0, 16)}`;
}

function wordsInstead({ entries, failure, filter }: LedgerScreen, rows: readonly LedgerEntry[]) {
  if (failure !== null) {
    return [span(`? the ledger could not be read: ${legible(failure)}`, 'status.unknown')];
  }
  if (entries === null) {
    return [span('… reading the ledger', 'text.secondary')];
  }
  if (rows.length > 0) {
    return null;
  }
  return [span(filter === '' ? 'The ledger is empty.' : `No entry matches ${legible(filter)}.`, 'text.secondary')];
}

function columns(rows: readonly LedgerEntry[]): readonly Column<LedgerEntry>[] {
  const user = ({ actor }: LedgerEntry) => legible(actor.claimed.person ?? whoOf(actor.asserted));
  return [
    {
      id: 'seq',
      title: 'SEQ',
      align: 'right',
      width: widest(rows.map(entryId), 3, 8),
      priority: 4,
      cell: (entry) => span(entryId(entry), 'text.secondary'),
    },
    {
      id: 'age',
      title: 'AGO',
      align: 'right',
      width: 6,
      priority: 1,
      cell: ({ at }, now) => span(inWords(Math.max(0, (now - Date.parse(at)) / 1000)), 'text.secondary'),
    },
    {
      id: 'what',
      title: '  WHAT',
      width: widest(
        rows.map((entry) => `  ${entryName(entry)}`),
        16,
        44,
      ),
      priority: 0,
      cell: (entry) => {
        const { glyph, token } = signOfEntry(entry);
        return [span(`${glyph} `, token), span(entryName(entry), 'text.strong')];
      },
    },
    {
      id: 'status',
      title: 'STATUS',
      width: widest(
        rows.map((entry) => entry.outcome?.status ?? ''),
        6,
        13,
      ),
      priority: 2,
      cell: (entry) => span(entry.outcome?.status ?? '', signOfEntry(entry).token),
    },
    {
      id: 'by',
      title: 'BY',
      width: widest(rows.map(user), 4, 12),
      priority: 3,
      cell: (entry) => span(user(entry), 'text.secondary'),
    },
    { id: 'words', title: 'WHY', width: 10, flexible: true, priority: 5, cell: (entry) => span(entryWords(entry)) },
  ];
}
