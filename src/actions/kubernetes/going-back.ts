import { object, objects } from '#systems/kubernetes/foreign.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import { chosenWorkloads } from './choose-groups.ts';
import { collectionPath } from './object-path.ts';
import { currentRevision, imagesOf, type Revision, revisionsOf, wantedRevision } from './revisions.ts';
import { groupOf, readNow, type TenantWorkloads, type Workload } from './workloads.ts';

/** One Deployment and the revision that it would go back to. */
export interface GoingBack {
  readonly group: string;
  readonly workload: Workload;
  readonly current: Revision | undefined;
  readonly target: Revision;
}

export interface Asked {
  /** A revision's number or its pod-template-hash; null for the one before. */
  readonly to: string | null;
  readonly groups: readonly string[];
  /** By group, where each has its own: the way back of a rollback. */
  readonly hashes: Readonly<Record<string, string>>;
}

/**
 * Which Deployments go back, and where to. Without a group the web decides, and what was released with it comes along: the
 * workloads that run its image and have a revision with its older one.
 */
export async function goingBack(place: TenantWorkloads, { to, groups, hashes }: Asked): Promise<readonly GoingBack[]> {
  const path = collectionPath('ReplicaSet', place.namespace);
  const replicaSets = objects(object(await readNow(place.cluster, path))['items']);
  const back = (workload: Workload, wanted: string | undefined): GoingBack | undefined => {
    const revisions = revisionsOf(workload, replicaSets);
    const target = wantedRevision(workload.template, revisions, wanted);
    const current = currentRevision(workload.template, revisions);
    return target === undefined ? undefined : { group: groupOf(workload), workload, current, target };
  };
  const must = (workload: Workload, wanted: string | undefined): GoingBack => {
    const found = back(workload, wanted);
    if (found === undefined) {
      const known = revisionsOf(workload, replicaSets).map(({ number, images }) => `${number} (${images[0] ?? '?'})`);
      throw new TillError(
        wanted === undefined
          ? `${workload.name} has no older revision that differs`
          : `${workload.name} has no revision ${wanted}`,
        {
          exit: exitCodes.usage,
          reason: 'unknown-revision',
          target: workload.name,
          next: known.length === 0 ? 'it keeps no revisions' : `it has ${known.join(', ')}`,
        },
      );
    }
    return found;
  };
  const named = Object.keys(hashes).length > 0 ? Object.keys(hashes) : groups;
  const deployments = {
    ...place,
    workloads: place.workloads.filter(({ kind }) => kind === 'Deployment'),
  };
  if (named.length > 0) {
    return chosenWorkloads(deployments, named).map((workload) =>
      must(workload, hashes[groupOf(workload)] ?? to ?? undefined),
    );
  }
  const all = chosenWorkloads(deployments, []);
  const web = all.find((workload) => groupOf(workload) === 'web') ?? all[0];
  if (web === undefined) {
    return [];
  }
  const first = must(web, to ?? undefined);
  const [image] = imagesOf(web.template);
  const [older] = first.target.images;
  const companions = all
    .filter((workload) => workload !== web && imagesOf(workload.template)[0] === image && older !== image)
    .flatMap((workload) => {
      const target = revisionsOf(workload, replicaSets).find(({ images }) => images[0] === older);
      return target === undefined ? [] : (back(workload, target.hash) ?? []);
    });
  return [first, ...companions];
}
