import type { ActContext } from '../context.ts';
import { actionNamed } from '../find-action.ts';
import type { Watching } from '../perform-plan.ts';
import { performPlans } from '../perform-plans.ts';
import type { Plan } from '../plan.ts';
import { openOnes } from '../plan-all.ts';
import type { Performed, Planned } from './port.ts';

/** As a command has it where neither `--timeout` nor the action says anything. */
const usualSeconds = 600;

export interface Performing {
  readonly context: ActContext;
  /** The file that starts till, for the worker. */
  readonly entry?: string;
  /** Aborted when the console closes: nothing new is begun then, and what runs goes on. */
  readonly signal: AbortSignal;
}

/**
 * Begins every plan that nothing stands in the way of; resolves when the first of them runs or was refused. The others are
 * recorded as refused, in the same bulk.
 */
export async function performed(planned: Planned, reason: string | null, performing: Performing): Promise<Performed> {
  const open = openOnes(planned.plans);
  const blocked = planned.plans.filter((plan) => !open.includes(plan));
  const first = Promise.withResolvers<Performed>();
  round([...open, ...blocked], { ...planned, reason }, performing, {
    onBegun: (_plan, operation) => first.resolve({ status: 'begun', operation }),
    onEnd(plan, end) {
      if (open.length === 0 || open.includes(plan)) {
        first.resolve(end.status === 'refused' ? end : { status: 'begun', operation: end.operation });
      }
    },
  }).catch(first.reject);
  return await first.promise;
}

/** Records what was shown as refused: somebody asked for it, and nothing of it can be begun. As a command would. */
export async function recordRefused(planned: Planned, performing: Performing): Promise<void> {
  const blocked = planned.plans.filter(({ blockers }) => blockers.length > 0);
  await round(blocked, planned, performing, {});
}

async function round(
  plans: readonly Plan[],
  { reason, ticket, incident }: Pick<Planned, 'reason' | 'ticket' | 'incident'>,
  performing: Performing,
  hears: Pick<Watching, 'onBegun' | 'onEnd'>,
): Promise<void> {
  const [first] = plans;
  if (first === undefined) {
    return;
  }
  const action = await actionNamed(first.action);
  await performPlans(
    plans,
    { action, reason, ticket, incident },
    {
      ...performing,
      timeoutMs: (action.timeoutSeconds ?? usualSeconds) * 1000,
      waits: true,
      keepsGoing: false,
      ...hears,
    },
  );
}
