import { exitCodes, TillError } from '#text/till-error.ts';
import type { Action, PlanRequest } from '../action.ts';
import { autoscalerFor, rememberedIn, turnPatches, turnSteps, turnsPlan, verifyTurns } from '../kubernetes/asleep.ts';
import { checkedByServer } from '../kubernetes/dry-run.ts';
import { findStamp } from '../kubernetes/find-stamp.ts';
import { workloadsOf } from '../kubernetes/workloads.ts';
import type { PlanDraft } from '../plan.ts';

export const action: Action = {
  name: 'wake',
  title: 'Wake',
  summary: 'Bring a sleeping tenant back with as many pods as it had',
  examples: [{ line: 'till wake maple-staging', note: 'as it was before till sleep' }],
  danger: 'moderate',
  target: 'tenants',
  deescalates: true,
  writesToSystems: true,
  flags: [],
  parse: () => ({}),
  plan,
  dryRun: (planned, _params, world) => checkedByServer(turnPatches(planned), world),
  steps: turnSteps,
  verify: (planned, _params, world) => verifyTurns(planned, world),
  find: (planned, _params, world, operation) => findStamp(planned, world, operation),
};

async function plan({ tenant, tenants, world }: PlanRequest<Record<string, never>>): Promise<PlanDraft> {
  const place = await workloadsOf(tenant, world);
  const asleep = place.workloads.flatMap((workload) => {
    const remembered = rememberedIn(workload);
    return remembered === null ? [] : [{ workload, remembered }];
  });
  if (asleep.length === 0) {
    throw new TillError(`${tenant?.name ?? ''} was not put to sleep by till`, {
      exit: exitCodes.usage,
      reason: 'awake',
      ...(tenant === null ? {} : { target: tenant.name }),
      next: 'till scale TENANT --web N brings pods back',
    });
  }
  const draft = turnsPlan(
    asleep.map(({ workload, remembered }) => ({
      workload,
      // Somebody woke it by hand: what runs stays, and only the note goes.
      replicas: workload.replicas > 0 ? workload.replicas : remembered.replicas,
      note: null,
    })),
    place,
    { tenant, tenants },
  );
  const changed = asleep.flatMap(({ workload, remembered: { autoscaler } }) => {
    const now = autoscalerFor(place, workload);
    const isSame = now?.min === autoscaler?.min && now?.max === autoscaler?.max;
    const bounds = (of: { readonly min: number; readonly max: number } | undefined): string =>
      of === undefined ? 'none' : `${of.min}..${of.max}`;
    return isSame
      ? []
      : [
          `the autoscaler of ${workload.name} had bounds ${bounds(autoscaler)} and has ${bounds(now)} now: they are left so`,
        ];
  });
  return {
    ...draft,
    warnings: [...draft.warnings, ...changed],
    undo: { action: 'sleep', params: {}, words: 'put it to sleep again' },
  };
}
