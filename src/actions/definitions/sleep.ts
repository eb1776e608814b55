import { exitCodes, TillError } from '#text/till-error.ts';
import type { Action, PlanRequest } from '../action.ts';
import { autoscalerFor, rememberedText, turnPatches, turnSteps, turnsPlan, verifyTurns } from '../kubernetes/asleep.ts';
import { checkedByServer } from '../kubernetes/dry-run.ts';
import { findStamp } from '../kubernetes/find-stamp.ts';
import { workloadsOf } from '../kubernetes/workloads.ts';
import type { PlanDraft } from '../plan.ts';

/** At none an autoscaler rests by itself (facts: gitops.md §3.2), so that its bounds are remembered and left alone. */
export const action: Action = {
  name: 'sleep',
  title: 'Sleep',
  summary: 'Take a tenant outside production to no pods, remembering how many it had',
  examples: [{ line: 'till sleep maple-staging', note: 'till wake brings it back as it was' }],
  danger: 'moderate',
  target: 'tenants',
  writesToSystems: true,
  allowed: {
    environments: ['staging', 'development', 'recovery'],
    wayOut: 'till maintenance keeps users away; till scale takes pods away',
  },
  flags: [],
  parse: () => ({}),
  plan,
  dryRun: (planned, _params, world) => checkedByServer(turnPatches(planned), world),
  steps: turnSteps,
  verify: (planned, _params, world) => verifyTurns(planned, world),
  find: (planned, _params, world, operation) => findStamp(planned, world, operation),
};

async function plan(request: PlanRequest<Record<string, never>>): Promise<PlanDraft> {
  const { tenant, tenants, world } = request;
  const place = await workloadsOf(tenant, world);
  const awake = place.workloads.filter(({ replicas }) => replicas > 0);
  if (awake.length === 0) {
    throw new TillError(`${tenant?.name ?? ''} has no pods to put to sleep`, {
      exit: exitCodes.usage,
      reason: 'asleep',
      ...(tenant === null ? {} : { target: tenant.name }),
      next: 'till wake brings back what was put to sleep',
    });
  }
  const turns = awake.map((workload) => ({
    workload,
    replicas: 0,
    note: rememberedText(workload, autoscalerFor(place, workload)),
  }));
  return {
    ...turnsPlan(turns, place, { tenant, tenants }),
    undo: { action: 'wake', params: {}, words: 'wake it as it was' },
  };
}
