import type { DrillRow } from '#actions/desk/backups-port.ts';
import { span as inWords } from '#text/age.ts';
import { unknownSigns } from '#themes/glyphs.ts';
import { titleLine } from '../backups/screen.ts';
import { coarse, shortSpan } from '../backups/words.ts';
import { localMinute } from '../components/clock.ts';
import { type Column, widest } from '../components/columns.ts';
import { legible } from '../components/legible.ts';
import { fitSpans, type Span, span } from '../components/line.ts';
import { listScreen } from '../components/list-screen.ts';
import { wrapWords } from '../components/wrap.ts';
import type { DrillsScreen } from '../state/backup-screens.ts';
import type { ConsoleState } from '../state/state.ts';
import { chart } from './chart.ts';
import { chartRows } from './heights.ts';
import { selectedDrill } from './moves.ts';
import { drillId, drillRows, isOver, signOfDrill, stepWords } from './rows.ts';

/** What rehearsals have measured: the newest in rows, and those of the selected tenant over time. */
export function drillsScreenLines(state: ConsoleState, screen: DrillsScreen): readonly string[] {
  const rows = drillRows(state, screen);
  const missed = rows.filter((row) => ['missed', 'failed'].includes(signOfDrill(row).word)).length;
  return listScreen(state, screen, {
    title: titleLine(state, [
      span(' Drills', 'text.title'),
      span(screen.tenant === null ? '' : ` of ${legible(screen.tenant)}`, 'text.strong'),
      span(`  ${rows.length} ${rows.length === 1 ? 'result' : 'results'}`, 'text.secondary'),
      ...(missed === 0 ? [] : [span(`  ▲ ${missed} not as promised`, 'status.warn')]),
    ]),
    above: rows.length === 0 ? [] : charts(state),
    rows,
    id: drillId,
    columns: columns(state, rows),
    words: wordsInstead(state, rows),
    details,
  });
}

function wordsInstead({ backups }: ConsoleState, rows: readonly DrillRow[]): readonly Span[] | null {
  if (rows.length > 0) {
    return null;
  }
  if (backups === null || (backups.picture === null && backups.away === null)) {
    return [span(`${unknownSigns.loading.glyph} reading what drills have left`, 'text.secondary')];
  }
  return backups.away === null
    ? [span('Nothing was rehearsed yet. d on a tenant’s backups drills it.', 'text.secondary')]
    : [span(`${unknownSigns.unreachable.glyph} could not be read: ${legible(backups.away)}`, 'status.unknown')];
}

/** RTO and RPO of the selected row’s tenant and kind, oldest left, side by side. */
function charts(state: ConsoleState): readonly (readonly Span[])[] {
  const height = chartRows(state);
  const row = selectedDrill(state);
  if (height === 0 || row === undefined) {
    return [];
  }
  const same = (state.backups?.drills ?? [])
    .filter(({ tenant, kind }) => tenant === row.tenant && kind === row.kind)
    .toReversed();
  const width = Math.floor((state.columns - 1) / 2);
  const draw = (what: 'rto' | 'rpo') =>
    chart(
      same.map((one) => one[what]),
      { label: what.toUpperCase(), target: row[`${what}Target`], width: width - 2, height, say: shortSpan },
    );
  const [left, right] = [draw('rto'), draw('rpo')];
  return [
    ...left.map((spans, index) => [span(' '), ...fitSpans(spans, width - 1), span(' '), ...(right[index] ?? [])]),
    [
      span(
        ` ${legible(row.tenant)}, ${row.kind}: ${same.length} ${same.length === 1 ? 'result' : 'results'}, oldest left; ${
          row.rtoTarget === null && row.rpoTarget === null ? 'its tier promises none' : 'the line is its tier’s'
        }`,
        'text.secondary',
      ),
    ],
  ];
}

function columns(state: ConsoleState, rows: readonly DrillRow[]): readonly Column<DrillRow>[] {
  const measured = (what: 'rto' | 'rpo'): Column<DrillRow> => ({
    id: what,
    title: what.toUpperCase(),
    align: 'right',
    width: 7,
    priority: 1,
    cell: (row) => {
      const value = row[what];
      return value === null
        ? span('–', 'text.secondary')
        : span(inWords(value), isOver(value, row[`${what}Target`]) ? 'status.warn' : 'text');
    },
  });
  const promised = (what: 'rto' | 'rpo'): Column<DrillRow> => ({
    id: `${what}-of`,
    title: 'OF',
    align: 'right',
    width: 5,
    priority: 3,
    cell: (row) => {
      const target = row[`${what}Target`];
      return span(target === null ? '–' : shortSpan(target), 'text.secondary');
    },
  });
  return [
    {
      id: 'sign',
      title: '  TIER',
      width: 8,
      priority: 0,
      cell: (row) => {
        const { glyph, word, token } = signOfDrill(row);
        return [span(`${glyph} `, token), span(word, token)];
      },
    },
    {
      id: 'tenant',
      title: 'TENANT',
      width: widest(
        rows.map(({ tenant }) => legible(tenant)),
        8,
        state.columns < 100 ? 15 : 28,
      ),
      priority: 0,
      cell: ({ tenant }) => span(legible(tenant), 'text.strong'),
    },
    { id: 'kind', title: 'KIND', width: 8, priority: 4, cell: ({ kind }) => span(kind, 'text.secondary') },
    {
      id: 'age',
      title: 'AGO',
      align: 'right',
      width: 6,
      priority: 2,
      cell: ({ startedAt }, now) => span(coarse(Math.max(0, (now - Date.parse(startedAt)) / 1000)), 'text.secondary'),
    },
    measured('rto'),
    promised('rto'),
    measured('rpo'),
    promised('rpo'),
    {
      id: 'steps',
      title: 'STEPS',
      width: 10,
      flexible: true,
      priority: 5,
      cell: (row) => span(legible(stepWords(row)), 'text.secondary'),
    },
  ];
}

function details(row: DrillRow, count: number, width: number): readonly (readonly Span[])[] {
  const { glyph, word, token } = signOfDrill(row);
  const first: readonly Span[] = [
    span(` ${legible(row.tenant)} `, 'text.strong'),
    span(`${glyph} ${word} `, token),
    span(
      legible(
        [
          localMinute(Date.parse(row.startedAt)),
          ...(row.backup === null ? [] : [`backup ${row.backup}`]),
          ...(row.level === null ? [] : [row.level]),
        ].join(' · '),
      ),
      'text.secondary',
    ),
  ];
  const said = [row.message ?? '', stepWords(row)].filter((words) => words !== '').join('; ');
  return [first, ...wrapWords(legible(said), width - 2, Math.max(1, count - 1)).map((text) => [span(` ${text}`)])];
}
