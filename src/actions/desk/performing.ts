import type { ActContext } from '../context.ts';
import { actionNamed } from '../find-action.ts';
import { performPlans } from '../perform-plans.ts';
import { openOnes } from '../plan-all.ts';
import type { Performed, Planned } from './port.ts';

const timeoutMs = 600_000;

export interface Performing {
  readonly context: ActContext;
  /** The file that starts till, for the worker. */
  readonly entry?: string;
  /** Aborted when the console closes: nothing new is begun then, and what runs goes on. */
  readonly signal: AbortSignal;
}

/** Begins every plan that nothing stands in the way of; resolves when the first of them runs or was refused. */
export async function performed(
  { plans, ticket, incident }: Planned,
  reason: string | null,
  performing: Performing,
): Promise<Performed> {
  const open = openOnes(plans);
  // With nothing to do the refusal itself is what has to be recorded.
  const wanted = open.length === 0 ? plans.slice(0, 1) : open;
  const action = await actionNamed(wanted[0]?.action ?? '');
  const first = Promise.withResolvers<Performed>();
  performPlans(
    wanted,
    { action, reason, ticket, incident },
    {
      ...{ ...performing, timeoutMs, waits: true, keepsGoing: false },
      onBegun: (_plan, operation) => first.resolve({ status: 'begun', operation }),
      onEnd: (_plan, end) =>
        first.resolve(end.status === 'refused' ? end : { status: 'begun', operation: end.operation }),
    },
  ).catch(first.reject);
  return await first.promise;
}
