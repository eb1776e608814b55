import type { CronRow } from '#health/watcher.ts';
import { span as inWords } from '#text/age.ts';
import { gradeSigns } from '#themes/glyphs.ts';
import { widest } from '../components/columns.ts';
import { legible } from '../components/legible.ts';
import { type Span, span } from '../components/line.ts';
import { type SectionContext, type SectionView, tableOf } from './section.ts';

/** Later than this and its planned time has plainly passed unserved: Odoo looks for due crons every minute. */
const overdueSeconds = 300;

/** Odoo's scheduled actions, the most overdue first. */
export function cronsSection(context: SectionContext): SectionView {
  const { now } = context;
  return tableOf<CronRow>(context.detail?.crons, context, {
    nothing: 'This database has no active cron.',
    id: ({ id }) => String(id),
    order: (rows) => rows.toSorted((a, b) => b.lateSeconds - a.lateSeconds || a.name.localeCompare(b.name)),
    columns: (rows) => [
      {
        id: 'name',
        title: '  CRON',
        width: 14,
        most:
          2 +
          widest(
            rows.map(({ name }) => legible(name)),
            12,
            70,
          ),
        flexible: true,
        priority: 0,
        cell: (row) => {
          const { glyph, token } = signOfCron(row);
          return [span(`${glyph} `, token), span(legible(row.name))];
        },
      },
      {
        id: 'late',
        title: 'LATE',
        align: 'right',
        width: 7,
        priority: 1,
        cell: (row) =>
          span(
            row.lateSeconds > 0 ? inWords(row.lateSeconds) : '–',
            row.lateSeconds > overdueSeconds ? signOfCron(row).token : 'text.secondary',
          ),
      },
      {
        id: 'failures',
        title: 'FAILED',
        align: 'right',
        width: 6,
        priority: 2,
        cell: ({ failures }) =>
          span(String(failures ?? '–'), failures !== null && failures > 0 ? 'status.warn' : 'text.secondary'),
      },
      {
        id: 'next',
        title: 'PLANNED',
        align: 'right',
        width: 10,
        priority: 3,
        cell: ({ nextCall }) => when(nextCall, now),
      },
      {
        id: 'last',
        title: 'LAST RAN',
        align: 'right',
        width: 10,
        priority: 4,
        cell: ({ lastCall }) => when(lastCall, now),
      },
    ],
    facts: ({ id, nextCall, lastCall }) => [
      span(`cron ${id}`),
      span(`   planned ${legible(nextCall ?? 'never')}   last ran ${legible(lastCall ?? 'never')}`, 'text.secondary'),
    ],
    text: ({ name }) => legible(name),
  });
}

function signOfCron({ lateSeconds, failures }: CronRow) {
  return lateSeconds > 6 * overdueSeconds
    ? gradeSigns.critical
    : lateSeconds > overdueSeconds || (failures ?? 0) > 0
      ? gradeSigns.warn
      : gradeSigns.ok;
}

function when(instant: string | null, now: number): Span {
  if (instant === null || Number.isNaN(Date.parse(instant))) {
    return span('–', 'text.secondary');
  }
  const seconds = (Date.parse(instant) - now) / 1000;
  return span(seconds >= 0 ? `in ${inWords(seconds)}` : `${inWords(-seconds)} ago`, 'text.secondary');
}
