import { awaitOperation } from '../await-operation.ts';
import { begin } from '../begin.ts';
import type { ActContext } from '../context.ts';
import { actionNamed } from '../find-action.ts';
import type { Plan } from '../plan.ts';
import { startWorker } from '../start-worker.ts';
import type { Performed, Planned } from './port.ts';

/** At once, as on the command line: a mistake is seen before it is everywhere. */
const width = 4;
const timeoutMs = 600_000;

export interface Performing {
  readonly context: ActContext;
  /** The file that starts till, for the worker. */
  readonly entry?: string;
  /** Aborted when the console closes: nothing new is begun then, and what runs goes on. */
  readonly signal: AbortSignal;
}

/** Begins every plan that nothing stands in the way of; the first that does not go well ends the round. */
export async function performed(
  { plans, ticket, incident }: Planned,
  reason: string | null,
  performing: Performing,
): Promise<Performed> {
  const open = plans.filter(({ blockers }) => blockers.length === 0);
  // With nothing to do the refusal itself is what has to be recorded.
  const waiting = open.length === 0 ? plans.slice(0, 1) : [...open];
  const first = Promise.withResolvers<Performed>();
  let isStopped = false;
  const round = async () => {
    for (let plan = waiting.shift(); plan !== undefined && !isStopped; plan = waiting.shift()) {
      const begun = await beginOne(plan, { reason, ticket, incident }, performing);
      first.resolve(begun);
      if (begun.status === 'refused' || !(await isWell(begun.operation, performing))) {
        isStopped = true;
      }
    }
  };
  Promise.all(Array.from({ length: Math.min(width, waiting.length) }, round)).catch(first.reject);
  return await first.promise;
}

async function beginOne(
  plan: Plan,
  given: { readonly reason: string | null; readonly ticket: string | null; readonly incident: string | null },
  { context, entry }: Performing,
): Promise<Performed> {
  const begun = await begin(
    {
      action: await actionNamed(plan.action),
      params: plan.params,
      plan,
      reason: given.reason,
      ticket: given.ticket,
      incident: given.incident ?? (await incidentOf(plan.tenants, context)),
      idempotencyKey: null,
    },
    context,
  );
  if (begun.status !== 'begun') {
    return begun.status === 'refused' ? begun : { status: 'begun', operation: begun.operation };
  }
  startWorker({
    operation: begun.operation,
    estatePath: context.estate.path ?? '',
    ledgerFolder: context.ledgerFolder,
    timeoutMs,
    env: context.env,
    ...(entry === undefined ? {} : { entry }),
  });
  return begun;
}

async function isWell(operation: string, { context, signal }: Performing): Promise<boolean> {
  const { outcome } = await awaitOperation(operation, {
    ledger: context.ledger,
    ledgerFolder: context.ledgerFolder,
    timeoutMs: timeoutMs + 15_000,
    now: () => context.clock.monotonic(),
    signal,
  });
  return outcome?.status === 'ok';
}

/** An open incident that pins one of them takes the action into its timeline. */
async function incidentOf(tenants: readonly string[], context: ActContext): Promise<string | null> {
  const { incidents } = await context.ledger.state();
  const pinning = [...incidents.values()].filter((incident) => incident.tenants.some((name) => tenants.includes(name)));
  return pinning.at(-1)?.incident ?? null;
}
