import { span as inWords } from '#text/age.ts';
import { size } from '#text/size.ts';
import { backupSigns, gradeSigns } from '#themes/glyphs.ts';
import { type Column, widest } from '../components/columns.ts';
import { legible } from '../components/legible.ts';
import { type Span, span } from '../components/line.ts';
import type { StandingRow } from './standing.ts';
import { coarse, drillWords, shortSpan, signOfBackup, walWords } from './words.ts';

/** A row for each tenant: is what could be brought back new enough, and how well is it proven. */
export function standingColumns(rows: readonly StandingRow[], width: number): readonly Column<StandingRow>[] {
  const roomy = width >= 100;
  return [
    {
      id: 'sign',
      title: '  RPO',
      width: 9,
      priority: 0,
      cell: ({ sign }) => signSpans(backupSigns[sign]),
    },
    {
      id: 'tenant',
      title: 'TENANT',
      width: widest(
        rows.map(({ tenant }) => legible(tenant)),
        8,
        roomy ? 28 : 15,
      ),
      priority: 0,
      cell: ({ tenant }) => span(legible(tenant), 'text.strong'),
    },
    {
      id: 'tier',
      title: 'TIER',
      width: widest(
        rows.map(({ tier }) => legible(tier ?? '–')),
        4,
        12,
      ),
      priority: 8,
      cell: ({ tier }) => span(legible(tier ?? '–'), 'text.secondary'),
    },
    {
      id: 'age',
      title: 'AGE',
      align: 'right',
      width: 7,
      priority: 1,
      cell: ({ age, sign }) =>
        span(age === null ? (sign === 'unknown' ? '?' : 'nothing') : inWords(age), backupSigns[sign].token),
    },
    {
      id: 'rpo',
      title: 'OF',
      align: 'right',
      width: 6,
      priority: 3,
      cell: ({ rpo }) => span(rpo === null ? '–' : shortSpan(rpo), 'text.secondary'),
    },
    {
      id: 'proof',
      title: '  PROOF',
      width: 11,
      priority: 1,
      cell: ({ newest }) => (newest === null ? span('  –', 'text.secondary') : signSpans(signOfBackup(newest))),
    },
    {
      id: 'drill',
      title: 'DRILLED',
      align: 'right',
      width: widest(
        rows.map((row) => drillCell(row, roomy)),
        7,
        14,
      ),
      priority: 4,
      cell: (row) =>
        span(
          drillCell(row, roomy),
          row.isDrillOwed ? 'status.warn' : row.drillAge === null ? 'text.secondary' : 'text',
        ),
    },
    {
      id: 'size',
      title: 'SIZE',
      align: 'right',
      width: 8,
      priority: 5,
      cell: ({ newest }) => span(newest?.size == null ? '–' : size(newest.size), 'text.secondary'),
    },
    {
      id: 'wal',
      title: 'WAL',
      width: widest(rows.map(walWords), 3, 16),
      priority: 7,
      cell: (row) => span(legible(walWords(row)), row.wal?.state === 'failing' ? 'status.warn' : 'text.secondary'),
    },
    {
      id: 'due',
      title: 'NEXT',
      align: 'right',
      width: 9,
      priority: 9,
      cell: ({ dueIn }) =>
        dueIn === null
          ? span('–', 'text.secondary')
          : dueIn <= 0
            ? span('now', 'status.warn')
            : span(`in ${shortSpan(dueIn)}`, 'text.secondary'),
    },
    {
      id: 'source',
      title: 'BY',
      width: 4,
      most: 16,
      flexible: true,
      priority: 2,
      cell: ({ source }) => span(legible(source ?? '–'), source === 'till' ? 'text' : 'text.secondary'),
    },
  ];
}

function signSpans({
  glyph,
  word,
  token,
}: (typeof backupSigns)['met'] | ReturnType<typeof signOfBackup>): readonly Span[] {
  return [span(`${glyph} `, token), span(word, token)];
}

/** `▲ 38d of 30d`, and where there is little room `▲ 38d`. */
function drillCell(row: StandingRow, roomy: boolean): string {
  const words = roomy || row.drillAge === null ? drillWords(row) : coarse(row.drillAge);
  return `${row.isDrillOwed ? `${gradeSigns.warn.glyph} ` : ''}${words || '–'}`;
}
