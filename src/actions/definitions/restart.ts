import { number, object, texts } from '#systems/kubernetes/foreign.ts';
import type { Action, PlanRequest } from '../action.ts';
import { chosenWorkloads, groupFlag, groupsIn } from '../kubernetes/choose-groups.ts';
import { checkedByServer } from '../kubernetes/dry-run.ts';
import { findStamp } from '../kubernetes/find-stamp.ts';
import { followRollouts } from '../kubernetes/follow-rollout.ts';
import { labelOf, objectPath } from '../kubernetes/object-path.ts';
import { ownersOf } from '../kubernetes/owners.ts';
import { preconditionsOf, readPinned } from '../kubernetes/pinned.ts';
import { plannedObject } from '../kubernetes/planned-object.ts';
import { poolOf } from '../kubernetes/pool.ts';
import { type Workload, workloadsOf } from '../kubernetes/workloads.ts';
import type { PlanDraft } from '../plan.ts';

interface Params {
  /** Container groups; empty for all. */
  readonly groups: readonly string[];
  readonly [key: string]: readonly string[];
}

const annotation = 'kubectl.kubernetes.io/restartedAt';
const field = `spec.template.metadata.annotations[${annotation}]`;
/** From one pod's start to the next: an Odoo is ready about this long after it was made. */
const secondsAPod = 45;

/** Rolling, as `kubectl rollout restart`: new pods come up before old ones go. */
export const action: Action<Params> = {
  name: 'restart',
  title: 'Restart',
  summary: 'Replace the pods of a tenant one after another',
  examples: [
    { line: 'till restart maple-toys --reason "memory grows"', note: 'every workload of the tenant, rolling' },
    { line: 'till restart maple-toys --group queue', note: 'the job runner alone' },
  ],
  danger: 'moderate',
  target: 'tenants',
  writesToSystems: true,
  flags: [groupFlag],
  parse: (given) => ({ groups: groupsIn(given) }),
  plan,
  dryRun: ({ objects }, _params, world) =>
    checkedByServer(
      objects.map((planned) => ({
        cluster: planned.cluster ?? '',
        path: objectPath(planned),
        body: { metadata: { uid: planned.uid }, ...restartedAt(world.clock.now()) },
      })),
      world,
    ),
  steps: ({ objects }) =>
    objects.map((planned) => ({
      name: `restart-${planned.name}`,
      words: `restarting ${planned.name}`,
      async run(operation, world) {
        const target = preconditionsOf(planned, await readPinned(planned, world));
        const writer = await world.clusterWriter(planned.cluster ?? '');
        const written = await writer.mergePatch(operation, target, restartedAt(world.clock.now()));
        return { object: labelOf(planned), uid: written.uid, resourceVersion: written.resourceVersion };
      },
    })),
  verify: ({ objects }, _params, world) =>
    followRollouts(
      objects.map((planned) => ({ ...planned, cluster: planned.cluster ?? '' })),
      world,
    ),
  find: (planned, _params, world, operation) => findStamp(planned, world, operation),
};

async function plan({ params, tenant, tenants, world }: PlanRequest<Params>): Promise<PlanDraft> {
  const place = await workloadsOf(tenant, world);
  const chosen = chosenWorkloads(place, params.groups);
  const pool = poolOf(tenant, tenants, chosen[0]?.instance ?? null);
  const where = { cluster: place.clusterName, tenant: tenant?.name ?? '' };
  const objects = chosen.map((workload) => plannedObject(workload, where, workload.generation));
  return {
    objects,
    changes: chosen.map((workload, index) => ({
      object: objects[index] === undefined ? '' : labelOf(objects[index]),
      field,
      before: texts(object(workload.template['metadata'])['annotations'])[annotation] ?? null,
      after: 'the time of the restart',
      owner: ownersOf(workload.held, field).find(({ kind }) => kind === 'manager')?.name ?? null,
    })),
    blockers: chosen
      .filter(({ held }) => object(held['spec'])['paused'] === true)
      .map(({ namespace, name }) => ({
        by: `Deployment ${namespace}/${name}`,
        reason: 'it is paused, so nothing would be restarted until it is resumed',
        until: null,
        wayOut: `kubectl -n ${namespace} rollout resume deployment/${name}`,
      })),
    warnings: [...pool.warnings, ...chosen.flatMap(interruption)],
    equivalents: chosen.map(
      ({ kind, namespace, name }) => `kubectl -n ${namespace} rollout restart ${kind.toLowerCase()}/${name}`,
    ),
    tenants: pool.tenants,
    confirmWith: pool.confirmWith,
    expectedSeconds: Math.max(...chosen.map(({ replicas }) => Math.max(1, replicas) * secondsAPod)),
  };
}

/** Where the old pod goes before the new one serves, users notice. */
function interruption({ held, kind, name, replicas }: Workload): readonly string[] {
  const strategy = object(object(held['spec'])['strategy']);
  if (strategy['type'] === 'Recreate' && replicas > 0) {
    return [`${name} is recreated: all of its pods end before new ones start`];
  }
  const rolling = object(strategy['rollingUpdate']);
  const surges = kind === 'Deployment' && number(rolling['maxSurge'], 1) !== 0;
  return replicas === 1 && !surges ? [`${name} has one pod, which ends before the next starts`] : [];
}

function restartedAt(now: number): object {
  const at = new Date(now).toISOString().replace(/\.\d{3}Z$/, 'Z');
  return { spec: { template: { metadata: { annotations: { [annotation]: at } } } } };
}
