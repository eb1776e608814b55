import { isProduction } from '#policy/decide.ts';
import { object } from '#systems/kubernetes/foreign.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import type { Action, PlanRequest } from '../action.ts';
import { droppedPods } from '../kubernetes/dropped-pods.ts';
import { checkedByServer } from '../kubernetes/dry-run.ts';
import { findStamp } from '../kubernetes/find-stamp.ts';
import { headroom } from '../kubernetes/headroom.ts';
import { poolOf } from '../kubernetes/pool.ts';
import { type GroupPlan, scaleGroup } from '../kubernetes/scale-group.ts';
import { scalePatches, scaleSteps, verifyScale } from '../kubernetes/scale-steps.ts';
import { wishIn } from '../kubernetes/scaling.ts';
import {
  autoscalerOf,
  groupOf,
  type TenantWorkloads,
  type Workload,
  workloadOfGroup,
  workloadsOf,
} from '../kubernetes/workloads.ts';
import type { PlanDraft } from '../plan.ts';

interface Params {
  /** By container group: `4`, `+2`, `-1`, `3..8`. */
  readonly groups: Readonly<Record<string, string>>;
  readonly [key: string]: Readonly<Record<string, string>>;
}

const groups = ['web', 'cron', 'queue'] as const;

export const action: Action<Params> = {
  name: 'scale',
  title: 'Scale',
  summary: 'Change how many pods serve a tenant, by whoever owns that number',
  examples: [
    { line: 'till scale maple-toys --web +2 --reason "queue at the tills"', note: 'two more web pods' },
    { line: 'till scale maple-toys --web 4 --cron 1 --dry-run', note: 'the plan alone, checked by the API server' },
    { line: 'till scale harbour-shoes --web 6..12', note: 'the bounds of its autoscaler' },
    { line: 'till scale harbour-shoes --web=-1', note: 'its minimum, one lower; load decides what goes' },
  ],
  key: 's',
  danger: 'moderate',
  target: 'tenants',
  writesToSystems: true,
  flags: [
    ...groups.map((name) => ({
      name,
      value: 'N',
      summary: `${name} pods: 4; +2 more than run now; =-1; 3..8, the bounds of an autoscaler`,
    })),
    { name: 'group', value: 'NAME=N', multiple: true, summary: 'any other container group' },
  ],
  parse(given) {
    const typed = groups.flatMap((name): [string, string][] => {
      const value = given[name];
      return typeof value === 'string' ? [[name, value]] : [];
    });
    const pairs = given['group'];
    const others = (Array.isArray(pairs) ? pairs : typeof pairs === 'string' ? [pairs] : []).map(
      (pair: string): [string, string] => {
        const [name = '', value = ''] = pair.split('=', 2);
        return [name, value];
      },
    );
    const wishes = Object.fromEntries([...typed, ...others]);
    if (Object.keys(wishes).length === 0) {
      throw new TillError('how many of what?', {
        exit: exitCodes.usage,
        reason: 'usage',
        next: 'till scale TENANT --web +2',
      });
    }
    for (const [name, value] of Object.entries(wishes)) {
      wishIn(value, name);
    }
    return { groups: wishes };
  },
  plan: planScale,
  dryRun: (plan, _params, world) => checkedByServer(scalePatches(plan), world),
  steps: scaleSteps,
  verify: (plan, _params, world) => verifyScale(plan, world),
  find: (plan, _params, world, operation) => findStamp(plan, world, operation),
};

async function planScale(request: PlanRequest<Params>): Promise<PlanDraft> {
  const { params, tenant, tenants, world } = request;
  const place = await workloadsOf(tenant, world);
  const chosen = Object.entries(params.groups).map(([group, text]) => {
    const workload = chosenGroup(place, group);
    const autoscaler = autoscalerOf(workload, place.autoscalers);
    const where = {
      cluster: place.clusterName,
      tenant: tenant?.name ?? '',
      isProduction: tenant === null || isProduction(tenant),
      git: place.git,
    };
    return { group, workload, plan: scaleGroup(workload, autoscaler, wishIn(text, group), where) };
  });
  const plans = chosen.map(({ plan }) => plan);
  const pool = poolOf(tenant, tenants, chosen[0]?.workload.instance ?? null);
  const postgres = tenant?.postgres;
  const rooms = await Promise.all(
    chosen.map(({ workload, plan }) =>
      headroom(
        {
          namespace: place.namespace,
          workload: workload.name,
          template: object(workload.template['spec']),
          more: plan.more,
        },
        place.cluster,
        postgres == null ? null : () => world.postgres(postgres),
      ),
    ),
  );
  const drops = await Promise.all(chosen.map(({ workload, plan }) => droppedPods(workload, -plan.more, place.cluster)));
  const all = <Part>(pick: (plan: GroupPlan) => readonly Part[]): Part[] => plans.flatMap((plan) => [...pick(plan)]);
  const back = Object.fromEntries(chosen.map(({ group, plan }) => [group, plan.back]));
  return {
    objects: all(({ objects }) => objects),
    changes: all(({ changes }) => changes),
    blockers: [...all(({ blockers }) => blockers), ...rooms.flatMap(({ blockers }) => blockers)],
    warnings: [
      ...pool.warnings,
      ...all(({ warnings }) => warnings),
      ...drops.flatMap((words) => words ?? []),
      ...rooms.flatMap(({ warnings }) => warnings),
    ],
    equivalents: all(({ equivalents }) => equivalents),
    undo: {
      action: 'scale',
      params: { groups: back },
      words: `scale ${Object.entries(back)
        .map(([group, text]) => `${group} back to ${text}`)
        .join(', ')}`,
    },
    danger: plans.some(({ isDrastic }) => isDrastic) ? 'severe' : 'moderate',
    tenants: pool.tenants,
    confirmWith: pool.confirmWith,
    expectedSeconds: Math.max(...plans.map(({ expectedSeconds }) => expectedSeconds)),
  };
}

function chosenGroup({ workloads, namespace }: TenantWorkloads, group: string): Workload {
  const found = workloadOfGroup(workloads, group);
  if (found === undefined) {
    const known = workloads.map(groupOf).join(', ');
    throw new TillError(`${namespace} has no container group "${group}"`, {
      exit: exitCodes.usage,
      reason: 'unknown-group',
      target: group,
      next: known === '' ? 'nothing runs there by its selector' : `it has ${known}`,
    });
  }
  return found;
}
