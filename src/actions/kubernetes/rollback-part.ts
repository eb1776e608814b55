import { object } from '#systems/kubernetes/foreign.ts';
import type { Change } from '../plan.ts';
import type { GitSources } from './git/sources.ts';
import type { GoingBack } from './going-back.ts';
import { labelOf } from './object-path.ts';
import { ownershipOf } from './owner-blocker.ts';
import { ownersOf } from './owners.ts';
import { plannedObject } from './planned-object.ts';
import { templateDifferences } from './template-diff.ts';

export const causeField = 'metadata.annotations[kubernetes.io/change-cause]';

/** What going back would do to one Deployment: its template differs, and who owns that. */
export function partOf(
  { workload, target, current }: GoingBack,
  where: { readonly cluster: string; readonly tenant: string },
  git: GitSources,
) {
  const deployment = plannedObject(workload, where, workload.generation);
  const label = labelOf(deployment);
  const differences = templateDifferences(workload.template, target.template);
  const image = differences.find(({ field }) => field.endsWith('.image')) ?? differences[0];
  const ownership = ownershipOf(workload.held, label, image?.field ?? 'spec.template', String(image?.after ?? ''), git);
  const changes = [
    ...differences.map(
      ({ field, before, after }): Change => ({
        object: label,
        field,
        before,
        after,
        owner: ownersOf(workload.held, field)[0]?.name ?? null,
      }),
    ),
    {
      object: label,
      field: causeField,
      before: workload.annotations['kubernetes.io/change-cause'] ?? null,
      after: `till rollback to revision ${target.number}`,
      owner: null,
    },
  ];
  const isPaused = object(workload.held['spec'])['paused'] === true;
  return {
    objects: [
      deployment,
      // Its generation moves whenever it is scaled; the template that counts never changes.
      plannedObject({ ...target, kind: 'ReplicaSet', namespace: workload.namespace }, where, null),
    ],
    changes: differences.length === 0 ? [] : changes,
    blockers: [
      ...ownership.blockers,
      ...(isPaused
        ? [
            {
              by: label,
              reason: 'it is paused, so nothing would be rolled back until it is resumed',
              until: null,
              wayOut: `kubectl -n ${workload.namespace} rollout resume deployment/${workload.name}`,
            },
          ]
        : []),
    ],
    warnings: [
      `${workload.name}: revision ${current?.number ?? '?'} → ${target.number} (${target.images.join(', ')})`,
      ...ownership.warnings,
      ...(differences.length === 0 ? [`${workload.name} is at revision ${target.number} already`] : []),
    ],
  };
}
