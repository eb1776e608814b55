import type { PodRow } from '#health/watcher.ts';
import { span as inWords } from '#text/age.ts';
import { gradeSigns } from '#themes/glyphs.ts';
import { calmAge } from '../components/age.ts';
import { widest } from '../components/columns.ts';
import { legible } from '../components/legible.ts';
import { span } from '../components/line.ts';
import { type SectionContext, type SectionView, tableOf } from './section.ts';

/** Pods, those in trouble first. */
export function podsSection(context: SectionContext): SectionView {
  const { now } = context;
  return tableOf<PodRow>(context.detail?.pods, context, {
    nothing: 'No pod has this tenant’s labels: it is scaled to nothing, or asleep.',
    id: ({ uid, name }) => `${uid}/${name}`,
    order: (rows) => rows.toSorted((a, b) => trouble(b) - trouble(a) || a.name.localeCompare(b.name)),
    columns: (rows) => [
      {
        id: 'name',
        title: '  POD',
        width:
          2 +
          widest(
            rows.map(({ name }) => legible(name)),
            8,
            context.width >= 100 ? 44 : 30,
          ),
        priority: 0,
        cell: (row) => {
          const { glyph, token } = signOfPod(row);
          return [span(`${glyph} `, token), span(legible(row.name))];
        },
      },
      {
        id: 'status',
        title: 'STATUS',
        width: widest(
          rows.map(({ status }) => legible(status)),
          8,
          24,
        ),
        priority: 1,
        cell: (row) => span(legible(row.status), trouble(row) === 0 ? 'text.secondary' : signOfPod(row).token),
      },
      {
        id: 'ready',
        title: 'READY',
        align: 'right',
        width: 5,
        priority: 2,
        cell: ({ containersReady, containers }) => span(`${containersReady}/${containers}`),
      },
      {
        id: 'restarts',
        title: 'RESTARTS',
        align: 'right',
        width: 8,
        priority: 3,
        cell: ({ restarts }) => span(String(restarts), restarts > 0 ? 'status.warn' : 'text.secondary'),
      },
      {
        id: 'last',
        title: 'LAST END',
        width: 16,
        flexible: true,
        priority: 5,
        cell: ({ lastTermination }) =>
          span(
            lastTermination === null
              ? ''
              : legible(`${lastTermination.reason} ${ago(lastTermination.finishedAt, now)}`.trim()),
            'text.secondary',
          ),
      },
      {
        id: 'node',
        title: 'NODE',
        width: widest(
          rows.map(({ node }) => legible(node ?? '')),
          4,
          24,
        ),
        priority: 6,
        cell: ({ node }) => span(legible(node ?? '–'), 'text.secondary'),
      },
      {
        id: 'age',
        title: 'AGE',
        align: 'right',
        width: 6,
        priority: 4,
        cell: ({ createdAt }) => span(calmAge((now - createdAt) / 1000), 'text.secondary'),
      },
    ],
    facts: ({ namespace, name, uid, node }) => [
      span(`${legible(namespace)}/${legible(name)}`),
      span(`   uid ${legible(uid)}   node ${legible(node ?? 'none yet')}`, 'text.secondary'),
    ],
    text: ({ lastTermination, owner, phase, status }) =>
      legible(
        [
          `phase ${phase}, ${status}`,
          ...(lastTermination === null
            ? []
            : [
                `container ${lastTermination.container} ended: ${lastTermination.reason}, exit ${lastTermination.exitCode ?? '?'} ${ago(lastTermination.finishedAt, now)}`,
              ]),
          ...(owner === null ? [] : [`owner ${owner.kind} ${owner.name}`]),
        ].join(' · '),
      ),
  });
}

function ago(at: number | null, now: number): string {
  return at === null ? '' : `${inWords((now - at) / 1000)} ago`;
}

const broken = /BackOff|Err|OOM|Fail|Evicted|Invalid|Unknown|Lost/u;

function trouble({ ready, status, deletedAt, phase }: PodRow): number {
  if (broken.test(status)) {
    return 3;
  }
  if (phase === 'Succeeded') {
    return 0;
  }
  return deletedAt !== null ? 1 : ready ? 0 : 2;
}

function signOfPod(pod: PodRow) {
  return (
    [gradeSigns.ok, { ...gradeSigns.warn, glyph: '○' }, gradeSigns.warn, gradeSigns.critical][trouble(pod)] ??
    gradeSigns.ok
  );
}
