import type { WorkloadRow } from '#health/watcher.ts';
import { gradeSigns } from '#themes/glyphs.ts';
import { calmAge } from '../components/age.ts';
import { widest } from '../components/columns.ts';
import { legible } from '../components/legible.ts';
import { span } from '../components/line.ts';
import { type SectionContext, type SectionView, tableOf } from './section.ts';

/** Deployments and StatefulSets: how many pods are wanted, there, and of which image. */
export function workloadsSection(context: SectionContext): SectionView {
  const { now } = context;
  return tableOf<WorkloadRow>(context.detail?.workloads, context, {
    nothing: 'No Deployment or StatefulSet has this tenant’s labels.',
    id: ({ uid }) => uid,
    order: (rows) => rows.toSorted((a, b) => a.name.localeCompare(b.name)),
    columns: (rows) => [
      {
        id: 'name',
        title: '  WORKLOAD',
        width:
          2 +
          widest(
            rows.map(({ name }) => legible(name)),
            8,
            32,
          ),
        priority: 0,
        cell: (row) => {
          const { glyph, token } =
            row.ready >= row.replicas ? gradeSigns.ok : row.ready === 0 ? gradeSigns.critical : gradeSigns.warn;
          return [span(`${glyph} `, token), span(legible(row.name))];
        },
      },
      {
        id: 'ready',
        title: 'READY',
        align: 'right',
        width: 7,
        priority: 1,
        cell: ({ ready, replicas }) => span(`${ready}/${replicas}`, ready < replicas ? 'status.warn' : 'text'),
      },
      {
        id: 'updated',
        title: 'UPDATED',
        align: 'right',
        width: 7,
        priority: 4,
        cell: ({ updated, replicas }) => span(String(updated), updated < replicas ? 'status.warn' : 'text.secondary'),
      },
      {
        id: 'revision',
        title: 'REV',
        align: 'right',
        width: 4,
        priority: 5,
        cell: ({ revision }) => span(legible(revision ?? '–'), 'text.secondary'),
      },
      {
        id: 'image',
        title: 'IMAGE',
        width: 20,
        flexible: true,
        priority: 2,
        cell: ({ containers, paused }) => [
          ...(paused ? [span('paused ', 'status.warn')] : []),
          span(legible(containers.map(({ image }) => image.split('/').at(-1)).join(', ')), 'text.secondary'),
        ],
      },
      {
        id: 'age',
        title: 'AGE',
        align: 'right',
        width: 6,
        priority: 3,
        cell: ({ createdAt }) => span(calmAge((now - createdAt) / 1000), 'text.secondary'),
      },
    ],
    facts: ({ kind, namespace, name, uid, resourceVersion }) => [
      span(`${kind} ${legible(namespace)}/${legible(name)}`),
      span(`   uid ${legible(uid)}   version ${legible(resourceVersion)}`, 'text.secondary'),
    ],
    text: ({ conditions, containers }) =>
      legible(
        [
          ...conditions
            .filter(isTrouble)
            .map(({ type, reason, message }) => [type, reason, message].filter(Boolean).join(' ')),
          ...containers.map(({ name, image }) => `${name} ${image}`),
        ].join(' · '),
      ),
  });
}

/** Available and Progressing are good when True, ReplicaFailure when not. */
function isTrouble({ type, status }: WorkloadRow['conditions'][number]): boolean {
  return type === 'ReplicaFailure' ? status === 'True' : status !== 'True';
}
