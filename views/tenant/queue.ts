import type { QueueRow } from '#health/watcher.ts';
import { span as inWords } from '#text/age.ts';
import { gradeSigns } from '#themes/glyphs.ts';
import { widest } from '../components/columns.ts';
import { legible } from '../components/legible.ts';
import { span } from '../components/line.ts';
import { type SectionContext, type SectionView, tableOf } from './section.ts';

const order = ['failed', 'started', 'enqueued', 'pending', 'wait_dependencies', 'done', 'cancelled'];

/** Jobs by state and channel. */
export function queueSection(context: SectionContext): SectionView {
  const place = ({ state }: QueueRow) => (order.includes(state) ? order.indexOf(state) : order.length);
  return tableOf<QueueRow>(context.detail?.queue, context, {
    nothing: 'No job is in the queue.',
    id: ({ state, channel }) => `${state}/${channel}`,
    order: (rows) => rows.toSorted((a, b) => place(a) - place(b) || b.count - a.count),
    columns: (rows) => [
      {
        id: 'state',
        title: '  STATE',
        width:
          2 +
          widest(
            rows.map(({ state }) => legible(state)),
            8,
            20,
          ),
        priority: 0,
        cell: ({ state }) => {
          const { glyph, token } = state === 'failed' ? gradeSigns.warn : { glyph: ' ', token: 'text' as const };
          return [span(`${glyph} `, token), span(legible(state))];
        },
      },
      {
        id: 'count',
        title: 'JOBS',
        align: 'right',
        width: 8,
        priority: 1,
        cell: ({ count }) => span(String(count)),
      },
      {
        id: 'oldest',
        title: 'OLDEST',
        align: 'right',
        width: 8,
        priority: 2,
        cell: ({ oldestSeconds }) => span(oldestSeconds === null ? '–' : inWords(oldestSeconds), 'text.secondary'),
      },
      {
        id: 'channel',
        title: 'CHANNEL',
        width: 12,
        flexible: true,
        priority: 3,
        cell: ({ channel }) => span(legible(channel), 'text.secondary'),
      },
    ],
    facts: ({ state, channel, count }) => [span(`${count} ${legible(state)} in ${legible(channel)}`)],
    text: () => '',
  });
}
