import { object } from '#systems/kubernetes/foreign.ts';
import type { ActWorld, PlanRequest, Step, Verdict } from '../action.ts';
import type { Change, Plan, PlanDraft, PlanObject } from '../plan.ts';
import { followRollouts } from './follow-rollout.ts';
import { labelOf, objectPath } from './object-path.ts';
import { ownershipOf } from './owner-blocker.ts';
import { preconditionsOf, readPinned } from './pinned.ts';
import { plannedObject } from './planned-object.ts';
import { poolOf } from './pool.ts';
import { type Autoscaler, autoscalerOf, type TenantWorkloads, type Workload } from './workloads.ts';

export const annotation = 'till.dev/asleep';
export const annotationField = `metadata.annotations[${annotation}]`;

/** What a workload was before it was put to sleep, kept on the workload itself. */
export interface Remembered {
  readonly replicas: number;
  readonly autoscaler?: { readonly name: string; readonly min: number; readonly max: number };
}

export function rememberedText({ replicas }: Workload, autoscaler: Autoscaler | undefined): string {
  const remembered: Remembered = {
    replicas,
    ...(autoscaler === undefined
      ? {}
      : { autoscaler: { name: autoscaler.name, min: autoscaler.min, max: autoscaler.max } }),
  };
  return JSON.stringify(remembered);
}

/** What was remembered; null for what nobody put to sleep, or what cannot be read. */
export function rememberedIn({ annotations }: Pick<Workload, 'annotations'>): Remembered | null {
  try {
    const held = object(JSON.parse(annotations[annotation] ?? 'null'));
    const { replicas, autoscaler } = held;
    const bounds = object(autoscaler);
    if (!Number.isSafeInteger(replicas) || Number(replicas) < 0) {
      return null;
    }
    const { name, min, max } = bounds;
    return typeof name === 'string' && Number.isSafeInteger(min) && Number.isSafeInteger(max)
      ? { replicas: Number(replicas), autoscaler: { name, min: Number(min), max: Number(max) } }
      : { replicas: Number(replicas) };
  } catch {
    return null;
  }
}

/** One workload on its way to sleep, or awake: how many pods, and what its annotation says then. */
export interface Turn {
  readonly workload: Workload;
  readonly replicas: number;
  readonly note: string | null;
}

/** The part of the plan that sleeping and waking share. */
export function turnsPlan(
  turns: readonly Turn[],
  place: TenantWorkloads,
  { tenant, tenants }: Pick<PlanRequest<never>, 'tenant' | 'tenants'>,
): PlanDraft & { readonly tenants: readonly string[]; readonly warnings: readonly string[] } {
  const where = { cluster: place.clusterName, tenant: tenant?.name ?? '' };
  const pool = poolOf(tenant, tenants, turns[0]?.workload.instance ?? null);
  const parts = turns.map(({ workload, replicas, note }) => {
    const planned = plannedObject(workload, where, workload.generation);
    const label = labelOf(planned);
    const ownership = ownershipOf(workload.held, label, 'spec.replicas', `${replicas}`, place.git);
    const changes: readonly Change[] = [
      { object: label, field: 'spec.replicas', before: workload.replicas, after: replicas, owner: ownership.owner },
      {
        object: label,
        field: annotationField,
        before: workload.annotations[annotation] ?? null,
        after: note,
        owner: null,
      },
    ];
    return { planned, changes: changes.filter(({ before, after }) => before !== after), ...ownership };
  });
  return {
    objects: parts.map(({ planned }) => planned),
    changes: parts.flatMap(({ changes }) => changes),
    blockers: parts.flatMap(({ blockers }) => blockers),
    warnings: [...pool.warnings, ...parts.flatMap(({ warnings }) => warnings)],
    equivalents: turns.flatMap(({ workload: { kind, namespace, name }, replicas }) => [
      `kubectl -n ${namespace} scale ${kind.toLowerCase()}/${name} --replicas=${replicas}`,
    ]),
    tenants: pool.tenants,
    confirmWith: pool.confirmWith,
    expectedSeconds: 60,
  };
}

export function autoscalerFor({ autoscalers }: TenantWorkloads, workload: Workload): Autoscaler | undefined {
  return autoscalerOf(workload, autoscalers);
}

function patchOf(planned: PlanObject, changes: readonly Change[]): object {
  const own = changes.filter(({ object: label }) => label === labelOf(planned));
  const replicas = own.find(({ field }) => field === 'spec.replicas');
  const note = own.find(({ field }) => field === annotationField);
  return {
    ...(note === undefined ? {} : { metadata: { annotations: { [annotation]: note.after } } }),
    ...(replicas === undefined ? {} : { spec: { replicas: replicas.after } }),
  };
}

export function turnPatches({ objects, changes }: Plan) {
  return objects.map((planned) => ({
    cluster: planned.cluster ?? '',
    path: objectPath(planned),
    body: patchOf(planned, changes),
  }));
}

export function turnSteps({ objects, changes, action }: Plan): readonly Step[] {
  return objects.map((planned) => ({
    name: `${action}-${planned.name}`,
    words: `${action === 'wake' ? 'waking' : 'putting to sleep'} ${planned.name}`,
    async run(operation, world) {
      const target = preconditionsOf(planned, await readPinned(planned, world));
      const writer = await world.clusterWriter(planned.cluster ?? '');
      const written = await writer.mergePatch(operation, target, patchOf(planned, changes));
      return { object: labelOf(planned), uid: written.uid, resourceVersion: written.resourceVersion };
    },
  }));
}

export async function verifyTurns({ objects }: Plan, world: ActWorld): Promise<Verdict> {
  return await followRollouts(
    objects.map((planned) => ({ ...planned, cluster: planned.cluster ?? '' })),
    world,
  );
}
