import type { Blocker } from '#policy/refusal.ts';
import { number, object } from '#systems/kubernetes/foreign.ts';
import type { Change, PlanObject } from '../plan.ts';
import type { GitSources } from './git/sources.ts';
import { labelOf } from './object-path.ts';
import { ownershipOf } from './owner-blocker.ts';
import { plannedObject } from './planned-object.ts';
import { boundsAfter, countAfter, isDrastic, type Wish } from './scaling.ts';
import type { Autoscaler, Workload } from './workloads.ts';

/** What scaling one container group would do. */
export interface GroupPlan {
  readonly objects: readonly PlanObject[];
  readonly changes: readonly Change[];
  readonly blockers: readonly Blocker[];
  readonly warnings: readonly string[];
  readonly equivalents: readonly string[];
  /** The wish that leads back. */
  readonly back: string;
  /** How many pods more it asks for at once; negative when it drops some. */
  readonly more: number;
  readonly isDrastic: boolean;
  readonly expectedSeconds: number;
}

interface Place {
  readonly cluster: string;
  readonly tenant: string;
  readonly isProduction: boolean;
  readonly git: GitSources;
}

/** An Odoo's pod is ready about this long after it was made: image, start, first registry. */
const startSeconds = 45;

/** By the right owner: the autoscaler's bounds where there is one, else the workload's replicas. Pure. */
export function scaleGroup(
  workload: Workload,
  autoscaler: Autoscaler | undefined,
  wish: Wish,
  place: Place,
): GroupPlan {
  return autoscaler === undefined ? byReplicas(workload, wish, place) : byBounds(workload, autoscaler, wish, place);
}

function byReplicas(workload: Workload, wish: Wish, place: Place): GroupPlan {
  const { kind, namespace, name, replicas: before } = workload;
  const after = countAfter(wish, before);
  const planned = plannedObject(workload, place, workload.generation);
  const label = labelOf(planned);
  const { owner, blockers, warnings } = ownershipOf(workload.held, label, 'spec.replicas', `${after}`, place.git);
  const noAutoscaler: Blocker = {
    by: label,
    reason: 'bounds such as 3..8 are for an autoscaler, and it has none',
    until: null,
    wayOut: 'give a number of replicas',
  };
  return {
    objects: [planned],
    changes: after === before ? [] : [{ object: label, field: 'spec.replicas', before, after, owner }],
    blockers: [...blockers, ...(wish.kind === 'bounds' ? [noAutoscaler] : [])],
    warnings: after === before ? [`${name} has ${before} replicas already`] : warnings,
    equivalents: [
      `kubectl -n ${namespace} scale ${kind.toLowerCase()}/${name} --current-replicas=${before} --replicas=${after}`,
    ],
    back: `${before}`,
    more: after - before,
    isDrastic: isDrastic(before, after, place.isProduction),
    expectedSeconds: after > before ? startSeconds : graceOf(workload),
  };
}

function byBounds(workload: Workload, autoscaler: Autoscaler, wish: Wish, place: Place): GroupPlan {
  const { namespace, name, min, max } = autoscaler;
  const running = workload.replicas;
  const after = boundsAfter(wish, { min, max, running });
  const planned = plannedObject({ ...autoscaler, kind: 'HorizontalPodAutoscaler' }, place, autoscaler.generation);
  const label = labelOf(planned);
  const fields = [
    { field: 'spec.minReplicas', before: min, after: after.min },
    { field: 'spec.maxReplicas', before: max, after: after.max },
  ].filter((each) => each.before !== each.after);
  const owned = fields.map((each) => ({
    ...each,
    ...ownershipOf(autoscaler.held, label, each.field, `${each.after}`, place.git),
  }));
  const patch = Object.fromEntries(fields.map((each) => [each.field.replace('spec.', ''), each.after]));
  return {
    objects: [planned],
    changes: owned.map(({ field, before, after: then, owner }) => ({
      object: label,
      field,
      before,
      after: then,
      owner,
    })),
    blockers: [
      ...uniqueBlockers(owned.flatMap(({ blockers }) => blockers)),
      ...autoscalerBlockers(autoscaler, after.min),
    ],
    warnings: [
      `HPA ${name} owns the replicas of ${workload.name}: its bounds are changed instead`,
      ...countedFrom(wish, { min, after: after.min, running }),
      ...(fields.length === 0 ? [`HPA ${name} has these bounds already`] : []),
      ...boundsWarnings(autoscaler, after, running),
      ...owned.flatMap(({ warnings }) => warnings),
    ],
    equivalents: [`kubectl -n ${namespace} patch hpa/${name} --type=merge -p '${JSON.stringify({ spec: patch })}'`],
    back: `${min}..${max}`,
    more: Math.max(0, after.min - running),
    isDrastic: isDrastic(min, after.min, place.isProduction) || isDrastic(running, after.max, place.isProduction),
    expectedSeconds: after.min > running ? startSeconds : graceOf(workload),
  };
}

/** A difference says from where it counts: an autoscaler has a minimum, and a number that runs. */
function countedFrom(
  wish: Wish,
  { min, after, running }: { readonly min: number; readonly after: number; readonly running: number },
): readonly string[] {
  if (wish.kind !== 'by') {
    return [];
  }
  return wish.difference > 0
    ? [
        `+${wish.difference} counts from the ${Math.max(running, min)} pods that run now: the minimum goes from ${min} to ${after}`,
      ]
    : [`${wish.difference} counts from the minimum of ${min}: load decides how many of ${running} pods go`];
}

function boundsWarnings(
  { min, max }: Autoscaler,
  after: { readonly min: number; readonly max: number },
  running: number,
): readonly string[] {
  const told: string[] = [];
  if (after.min > min) {
    told.push(
      after.min > running
        ? `raising the minimum acts at once: ${running} → ${after.min} pods`
        : `${running} pods run already: the minimum keeps them, no new ones start`,
    );
  }
  if (after.min < min && running > after.min) {
    told.push(
      `lowering the minimum is a cliff: ${running} pods may become ${after.min} when load is low; step it down`,
    );
  }
  if (after.max < max && running > after.max) {
    told.push(`lowering the maximum acts at once: ${running} → ${after.max} pods`);
  }
  return told;
}

function autoscalerBlockers({ name, scaledObject }: Autoscaler, min: number): readonly Blocker[] {
  if (scaledObject !== null) {
    return [
      {
        by: `KEDA ${scaledObject}`,
        reason: `HPA ${name} is made by the ScaledObject ${scaledObject}, which sets its bounds again`,
        until: null,
        wayOut: `change minReplicaCount of the ScaledObject ${scaledObject}`,
      },
    ];
  }
  return min === 0
    ? [
        {
          by: `HPA ${name}`,
          reason: 'an autoscaler keeps at least one pod',
          until: null,
          wayOut: 'outside production till sleep takes a tenant to none and remembers its bounds',
        },
      ]
    : [];
}

function graceOf({ template }: Workload): number {
  return Math.round(number(object(template['spec'])['terminationGracePeriodSeconds'], 30)) + 5;
}

function uniqueBlockers(blockers: readonly Blocker[]): readonly Blocker[] {
  return [...new Map(blockers.map((blocker) => [blocker.by, blocker])).values()];
}
