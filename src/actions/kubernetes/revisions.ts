import { type Foreign, object, objects, text, texts } from '#systems/kubernetes/foreign.ts';
import { hashLabel, templateDifferences, withoutHash } from './template-diff.ts';
import type { Workload } from './workloads.ts';

/** One ReplicaSet of a Deployment. Its number is renewed by an undo; its hash stays (facts: gitops.md §2.1). */
export interface Revision {
  readonly number: number;
  readonly hash: string;
  readonly name: string;
  readonly uid: string;
  /** Without the hash label. */
  readonly template: Foreign;
  readonly images: readonly string[];
}

/** A Deployment's revisions, the newest first. */
export function revisionsOf(workload: Pick<Workload, 'uid'>, replicaSets: readonly Foreign[]): readonly Revision[] {
  return replicaSets
    .filter((held) =>
      objects(object(held['metadata'])['ownerReferences']).some(
        ({ uid, controller }) => uid === workload.uid && controller === true,
      ),
    )
    .map((held) => {
      const metadata = object(held['metadata']);
      const template = object(object(held['spec'])['template']);
      return {
        number: Number(texts(metadata['annotations'])['deployment.kubernetes.io/revision'] ?? 0),
        hash: texts(metadata['labels'])[hashLabel] ?? '',
        name: text(metadata['name']),
        uid: text(metadata['uid']),
        template: withoutHash(template),
        images: imagesOf(template),
      };
    })
    .toSorted((a, b) => b.number - a.number);
}

export function imagesOf(template: Foreign): readonly string[] {
  return objects(object(template['spec'])['containers']).map(({ image }) => text(image, 512));
}

/** The revision that a Deployment's template is. */
export function currentRevision(template: Foreign, revisions: readonly Revision[]): Revision | undefined {
  return revisions.find((revision) => templateDifferences(template, revision.template).length === 0);
}

/**
 * The one asked for, by number or hash; without a word the newest older one that differs in more than annotations, because
 * a restart makes a revision too and nobody means to take that back.
 */
export function wantedRevision(
  template: Foreign,
  revisions: readonly Revision[],
  to: string | undefined,
): Revision | undefined {
  if (to !== undefined) {
    return revisions.find(({ number, hash }) => String(number) === to || hash === to);
  }
  const current = currentRevision(template, revisions);
  return revisions.find(
    (revision) =>
      revision !== current &&
      (current === undefined || revision.number < current.number) &&
      templateDifferences(template, revision.template).some(
        ({ field }) => !field.startsWith('spec.template.metadata.annotations'),
      ),
  );
}
