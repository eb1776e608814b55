import { isDeepStrictEqual } from 'node:util';
import { instant } from '#text/clock.ts';
import type { ControllerRevision, PodTemplate, StatefulSet } from '../shapes.ts';
import type { StoredObject } from '../types.ts';
import type { Cluster } from './cluster.ts';
import { fnv, safeText } from './hash.ts';
import { ownedBy } from './owned.ts';

/** A StatefulSet's past, oldest first. */
export function revisionsOf({ owned, kinds }: Cluster, { metadata }: StatefulSet): readonly ControllerRevision[] {
  return owned
    .of<ControllerRevision>(metadata.uid, kinds.revision)
    .toSorted((a, b) => a.revision - b.revision || a.metadata.name.localeCompare(b.metadata.name));
}

/**
 * The revision that holds a StatefulSet's template, made or renumbered to be the newest: going back to an old template gives that
 * revision a new number (facts: gitops.md §2.2).
 */
export function updateRevisionOf(cluster: Cluster, object: StoredObject, createdAt?: number): ControllerRevision {
  const { store, kinds } = cluster;
  const set = object as unknown as StatefulSet;
  const all = revisionsOf(cluster, set);
  const last = all.at(-1);
  const data = { spec: { template: { ...set.spec.template, $patch: 'replace' } } };
  const known = all.find((each) => isDeepStrictEqual(each.data, data));
  const next = (last?.revision ?? 0) + 1;
  if (known !== undefined) {
    return known === last
      ? known
      : (store.put(kinds.revision, {
          ...(known as unknown as StoredObject),
          revision: next,
        }) as unknown as ControllerRevision);
  }
  const hash = safeText(fnv(JSON.stringify(set.spec.template)));
  return store.put(kinds.revision, {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: `${set.metadata.name}-${hash}`,
      namespace: set.metadata.namespace ?? 'default',
      ...(createdAt === undefined ? {} : { creationTimestamp: instant(createdAt) }),
      labels: { ...set.spec.template.metadata?.labels, 'controller.kubernetes.io/hash': hash },
      // `kubectl rollout history` prints the cause from here.
      ...(set.metadata.annotations === undefined ? {} : { annotations: set.metadata.annotations }),
      ownerReferences: ownedBy(object),
    },
    data,
    revision: next,
  }) as unknown as ControllerRevision;
}

/** The template as a revision holds it, without the directive that makes it a patch. */
export function templateOf({ data }: ControllerRevision): PodTemplate {
  const { $patch: _, ...template } = data.spec.template;
  return template;
}

/** Revisions that no pod has any more, beyond `revisionHistoryLimit`. */
export function forgetRevisions(cluster: Cluster, set: StatefulSet, live: ReadonlySet<string>): void {
  const { store, kinds } = cluster;
  const dead = revisionsOf(cluster, set).filter(({ metadata }) => !live.has(metadata.name));
  for (const { metadata } of dead.slice(0, Math.max(0, dead.length - (set.spec.revisionHistoryLimit ?? 10)))) {
    store.delete(kinds.revision, metadata.namespace, metadata.name);
  }
}
