import { object } from '#systems/kubernetes/foreign.ts';
import { ReadFailure } from '#systems/source.ts';
import { WriteFailure } from '#systems/write-failure.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import type { Action, ActWorld, DryRunWorld, PlanRequest, Verdict } from '../action.ts';
import { baseSeriesOf } from '../kubernetes/base-versions.ts';
import { groupFlag, groupsIn } from '../kubernetes/choose-groups.ts';
import { checkedByServer } from '../kubernetes/dry-run.ts';
import { findStamp } from '../kubernetes/find-stamp.ts';
import { followRollouts } from '../kubernetes/follow-rollout.ts';
import { goingBack } from '../kubernetes/going-back.ts';
import { labelOf, objectPath } from '../kubernetes/object-path.ts';
import { crossingBlockers, crossingWarnings, seriesOfImage } from '../kubernetes/odoo-series.ts';
import { preconditionsOf, readPinned } from '../kubernetes/pinned.ts';
import { poolOf } from '../kubernetes/pool.ts';
import { imagesOf } from '../kubernetes/revisions.ts';
import { causeField, partOf } from '../kubernetes/rollback-part.ts';
import { templateDifferences, withoutHash } from '../kubernetes/template-diff.ts';
import { workloadsOf } from '../kubernetes/workloads.ts';
import type { Change, Plan, PlanDraft, PlanObject } from '../plan.ts';

interface Params {
  readonly to: string | null;
  readonly groups: readonly string[];
  readonly hashes: Readonly<Record<string, string>>;
  readonly [key: string]: string | null | readonly string[] | Readonly<Record<string, string>>;
}

/** Patches the pod template and nothing else, unlike kubectl, which replaces annotations too (facts: gitops.md §2.1). */
export const action: Action<Params> = {
  name: 'rollback',
  title: 'Roll back',
  summary: 'Go back to an older revision of what runs, the difference shown first',
  examples: [
    {
      line: 'till rollback maple-toys --reason "2.5.0 does not start"',
      note: 'the revision before, web and what came with it',
    },
    { line: 'till rollback maple-toys --to 3 --dry-run', note: 'what revision 3 would change' },
  ],
  key: 'R',
  danger: 'severe',
  target: 'tenants',
  writesToSystems: true,
  flags: [
    {
      name: 'to',
      value: 'REVISION',
      summary: 'a revision by number or pod-template-hash; the one before when left out',
    },
    groupFlag,
  ],
  parse(given) {
    const { to } = given;
    if (typeof to === 'string' && !/^[a-z0-9]{1,20}$/.test(to)) {
      throw new TillError(`--to takes a revision such as 3 or its hash, not "${to}"`, {
        exit: exitCodes.usage,
        reason: 'bad-value',
        target: '--to',
      });
    }
    return { to: typeof to === 'string' ? to : null, groups: groupsIn(given), hashes: {} };
  },
  plan,
  dryRun: async (planned, _params, world) =>
    checkedByServer(
      await Promise.all(
        deploymentsOf(planned).map(async ({ deployment, replicaSet }) => ({
          cluster: deployment.cluster ?? '',
          path: objectPath(deployment),
          contentType: 'application/json-patch+json',
          body: [
            { op: 'test', path: '/metadata/uid', value: deployment.uid },
            { op: 'replace', path: '/spec/template', value: await templateOf(replicaSet, world) },
          ],
        })),
      ),
      world,
    ),
  steps: (planned) =>
    deploymentsOf(planned).map(({ deployment, replicaSet, changes }) => ({
      name: `rollback-${deployment.name}`,
      words: `rolling ${deployment.name} back`,
      async run(operation, world) {
        const held = await readPinned(deployment, world);
        const template = await templateOf(replicaSet, world);
        const cause = changes.find(({ field }) => field === causeField)?.after;
        const writer = await world.clusterWriter(deployment.cluster ?? '');
        const target = preconditionsOf(deployment, held);
        const written = await writer.replaceTemplate(operation, target, template, String(cause));
        return { object: labelOf(deployment), uid: written.uid, resourceVersion: written.resourceVersion };
      },
    })),
  verify: (planned, _params, world) => verify(planned, world),
  find: (planned, _params, world, operation) => findStamp(planned, world, operation),
};

async function plan({ params, tenant, tenants, world }: PlanRequest<Params>): Promise<PlanDraft> {
  const place = await workloadsOf(tenant, world);
  const chosen = await goingBack(place, params);
  const [first] = chosen;
  const pool = poolOf(tenant, tenants, first?.workload.instance ?? null);
  const where = { cluster: place.clusterName, tenant: tenant?.name ?? '' };
  const affected = [tenant, ...tenants].filter((each) => each !== null && pool.tenants.includes(each.name));
  const unique = [...new Map(affected.flatMap((each) => (each === null ? [] : [[each.name, each] as const]))).values()];
  const crossing = {
    from: seriesOfImage(first === undefined ? '' : (imagesOf(first.workload.template)[0] ?? '')),
    to: seriesOfImage(first?.target.images[0] ?? ''),
    databases: await baseSeriesOf(unique, world),
  };
  const parts = chosen.map((each) => partOf(each, where, place.git));
  const hashes = Object.fromEntries(
    chosen.flatMap(({ group, current }) => (current === undefined ? [] : [[group, current.hash]])),
  );
  return {
    objects: parts.flatMap(({ objects }) => objects),
    changes: parts.flatMap(({ changes }) => changes),
    blockers: [...crossingBlockers(crossing), ...parts.flatMap(({ blockers }) => blockers)],
    warnings: [...pool.warnings, ...parts.flatMap(({ warnings }) => warnings), ...crossingWarnings(crossing)],
    equivalents: chosen.map(
      ({ workload: { namespace, name }, target }) =>
        `kubectl -n ${namespace} rollout undo deployment/${name} --to-revision=${target.number}`,
    ),
    undo:
      Object.keys(hashes).length === chosen.length
        ? {
            action: 'rollback',
            params: { to: null, groups: [], hashes },
            words: `roll ${chosen.map(({ group, current }) => `${group} forward to ${current?.images[0] ?? '?'}`).join(', ')}`,
          }
        : null,
    tenants: pool.tenants,
    confirmWith: pool.confirmWith,
    expectedSeconds: Math.max(60, ...chosen.map(({ workload }) => workload.replicas * 45)),
  };
}

interface Pair {
  readonly deployment: PlanObject;
  readonly replicaSet: PlanObject;
  readonly changes: readonly Change[];
}

/** A plan names each Deployment followed by the ReplicaSet whose template it takes. */
function deploymentsOf({ objects, changes }: Pick<Plan, 'objects' | 'changes'>): readonly Pair[] {
  return objects.flatMap((deployment, index) => {
    const replicaSet = objects[index + 1];
    const own = changes.filter(({ object: label }) => label === labelOf(deployment));
    return deployment.kind !== 'Deployment' || replicaSet === undefined || own.length === 0
      ? []
      : [{ deployment, replicaSet, changes: own }];
  });
}

async function templateOf(replicaSet: PlanObject, world: ActWorld | DryRunWorld): Promise<object> {
  const cluster = await world.cluster(replicaSet.cluster ?? '');
  try {
    const held = object(await cluster.get(objectPath(replicaSet)));
    if (object(held['metadata'])['uid'] !== replicaSet.uid) {
      throw new WriteFailure('refused', `${replicaSet.name} is another one by the same name now`, '409', true);
    }
    return withoutHash(object(object(held['spec'])['template']));
  } catch (error) {
    if (error instanceof ReadFailure) {
      throw new WriteFailure('refused', `${replicaSet.name} could not be read: ${error.message}`, error.code);
    }
    throw error;
  }
}

/** The template is the older one, and as many pods of it are available as are asked for. */
async function verify(planned: Plan, world: ActWorld): Promise<Verdict> {
  const pairs = deploymentsOf(planned);
  const images = (pick: (change: Change) => Change['before']): string =>
    [
      ...new Set(planned.changes.filter(({ field }) => field.endsWith('.image')).map((each) => String(pick(each)))),
    ].join(', ');
  const summary = { before: images(({ before }) => before), after: images(({ after }) => after) };
  for (const { deployment, replicaSet } of pairs) {
    const cluster = await world.cluster(deployment.cluster ?? '');
    const template = object(object(object(await cluster.get(objectPath(deployment)))['spec'])['template']);
    if (templateDifferences(template, object(await templateOf(replicaSet, world))).length > 0) {
      return { status: 'unknown', message: `${deployment.name} was written, and says something else now`, ...summary };
    }
  }
  const followed = await followRollouts(
    pairs.map(({ deployment }) => ({ ...deployment, cluster: deployment.cluster ?? '' })),
    world,
  );
  return { ...followed, ...summary };
}
