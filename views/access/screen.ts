import { lockOn } from '#ledger/access/standing.ts';
import { needsWords } from '#policy/access/needs-words.ts';
import { type Column, widest } from '../components/columns.ts';
import { legible } from '../components/legible.ts';
import { type Span, span } from '../components/line.ts';
import { listScreen } from '../components/list-screen.ts';
import { wrapWords } from '../components/wrap.ts';
import type { AccessScreen, ConsoleState } from '../state/state.ts';
import { accessOf } from './now.ts';
import { residualWords } from './residual.ts';
import { decidedWords, type GrantRow, grantRows, leftWords, signOfGrant, waitsWords } from './rows.ts';

/** What waits for me, what is open and for how long, who decided, and what has ended lately. */
export function accessScreenLines(state: ConsoleState, screen: AccessScreen): readonly string[] {
  const rows = grantRows(state);
  return listScreen(state, screen, {
    title: [span(' Access', 'text.title'), ...summary(state, rows)],
    rows,
    id: ({ grant }) => grant.grant,
    columns: columns(rows, state.columns),
    words: wordsInstead(state, rows),
    details: (row, count, width) => details(row, count, width),
  });
}

function summary(state: ConsoleState, rows: readonly GrantRow[]): readonly Span[] {
  const count = (place: GrantRow['place']) => rows.filter((row) => row.place === place).length;
  const mine = count('mine');
  const access = accessOf(state);
  const locks = access === null ? [] : [...access.state.locks.values()].map(({ person }) => person);
  const locked = [...new Set(locks)].filter((person) => access !== null && lockOn(person, access.state, access.now));
  return [
    span(mine === 0 ? '   nothing waits for you' : `   ${mine} for you`, mine === 0 ? 'text.secondary' : 'match'),
    span(` · ${count('open')} open · ${count('ended')} ended lately`, 'text.secondary'),
    ...(locked.length === 0 ? [] : [span(`   ✖ locked: ${legible(locked.join(', '))}`, 'error')]),
  ];
}

function wordsInstead(state: ConsoleState, rows: readonly GrantRow[]): readonly Span[] | null {
  const { standing } = state.acting;
  if (rows.length > 0) {
    return null;
  }
  if (standing === null) {
    return [span('… reading the ledger', 'text.secondary')];
  }
  if (standing.access === null) {
    return [span(`? the ledger could not be read: ${legible(standing.failure ?? '')}`, 'status.unknown')];
  }
  return [
    span(
      standing.access.state.policy === null
        ? 'Nobody has asked for access, and no access policy is in force: the estate’s mode decides.'
        : 'Nobody has asked for access. n asks for some.',
      'text.secondary',
    ),
  ];
}

function details(row: GrantRow, count: number, width: number): readonly (readonly Span[])[] {
  const { grant } = row;
  const ticket = grant.ticket === null ? '' : `   ${legible(grant.ticket)}`;
  const story = [decidedWords(row), waitsWords(row), residualWords(grant, row.now)]
    .filter((words) => words !== '')
    .join('; ');
  return [
    [
      span(` ${legible(grant.subject)}: `, 'text.strong'),
      span(legible(grant.reason ?? '')),
      span(ticket, 'text.secondary'),
    ],
    ...wrapWords(legible(story), width - 2, Math.max(1, count - 1)).map((text) => [span(` ${text}`, 'text.secondary')]),
  ];
}

function columns(rows: readonly GrantRow[], width: number): readonly Column<GrantRow>[] {
  const most = width < 100 ? 16 : 32;
  return [
    {
      id: 'status',
      title: '  STATUS',
      width: widest(
        rows.map((row) => `  ${signOfGrant(row).word}`),
        10,
        18,
      ),
      priority: 0,
      cell: (row) => {
        const { glyph, word, token } = signOfGrant(row);
        return [span(`${glyph} `, token), span(legible(word), token)];
      },
    },
    {
      id: 'left',
      title: 'LEFT',
      align: 'right',
      width: widest(rows.map(leftWords), 5, 10),
      priority: 0,
      cell: (row) => span(leftWords(row), row.status === 'active' ? 'text.strong' : 'text.secondary'),
    },
    {
      id: 'who',
      title: 'WHO',
      width: widest(
        rows.map(({ grant }) => legible(grant.subject)),
        4,
        14,
      ),
      priority: 0,
      cell: ({ grant }) => span(legible(grant.subject), 'text.strong'),
    },
    {
      id: 'may',
      title: 'MAY',
      width: widest(
        rows.map(({ grant }) => grant.actions.join(', ')),
        6,
        most,
      ),
      priority: 1,
      cell: ({ grant }) => span(legible(grant.actions.join(', '))),
    },
    {
      id: 'on',
      title: 'ON',
      width: widest(
        rows.map(({ grant }) => some(grant.tenants)),
        8,
        most + 2,
      ),
      priority: 2,
      cell: ({ grant }) => span(legible(some(grant.tenants))),
    },
    {
      id: 'waits',
      title: 'DECIDED',
      width: 14,
      most: 60,
      flexible: true,
      priority: 3,
      cell: (row) => {
        const waits = shortWaits(row);
        const left = residualWords(row.grant, row.now);
        return [
          waits === '' ? span(legible(shortDecided(row)), 'text.secondary') : span(legible(waits), 'status.warn'),
          span(left === '' ? '' : `, ${left}`, 'status.warn'),
        ];
      },
    },
    {
      id: 'reason',
      title: 'WHY',
      width: width < 160 ? 24 : 48,
      priority: 4,
      cell: ({ grant }) => span(legible(grant.reason ?? '')),
    },
    {
      id: 'ticket',
      title: 'TICKET',
      width: widest(
        rows.map(({ grant }) => legible(grant.ticket ?? '')),
        6,
        14,
      ),
      priority: 5,
      cell: ({ grant }) => span(legible(grant.ticket ?? ''), 'text.secondary'),
    },
  ];
}

/** `needs 1 of sre`, `may start`, `to review`: a column is narrow, and the row below the table says it in full. */
function shortWaits(row: GrantRow): string {
  return row.missing.length > 0
    ? `needs ${needsWords(row.missing)}`
    : row.status === 'approved'
      ? 'may start'
      : waitsWords(row) === ''
        ? ''
        : 'to review';
}

function shortDecided({ grant }: GrantRow): string {
  return grant.votes.length === 0
    ? decidedWords({ grant })
    : `by ${grant.votes.map(({ person, group }) => `${person} for ${group}`).join(', ')}`;
}

/** `maple-toys`, `maple-toys +2`. */
function some(names: readonly string[]): string {
  const [first = ''] = names;
  return names.length <= 1 ? first : `${first} +${names.length - 1}`;
}
