import type { LedgerEntry } from '#ledger/entry.ts';
import type { OpenOperation } from '#ledger/state.ts';
import { clean } from '#text/clean.ts';
import type { ActWorld } from './action.ts';
import type { ActContext } from './context.ts';
import { actionNamed } from './find-action.ts';
import type { Plan } from './plan.ts';

export interface Reconciled {
  readonly operation: string;
  readonly action: string;
  readonly status: 'applied' | 'absent' | 'indeterminate';
  readonly message: string;
}

/** How long looking on one target may take. */
const patienceMs = 15_000;

/**
 * Ends operations whose process has died: looks for their stamp on the target and appends what is known, `absent` only
 * with proof. An operation that another terminal still runs holds its lease and is left alone (design §4, crash-only).
 */
export async function reconcile(context: ActContext): Promise<readonly Reconciled[]> {
  const found: Reconciled[] = [];
  for (const open of await context.ledger.lapsed()) {
    const end = await endOf(open, context);
    using _lease = await context.ledger.takeOver(open.operation);
    await context.ledger.append({
      kind: 'operation',
      phase: 'reconciled',
      operation: open.operation,
      outcome: { status: end.status, message: end.message, reason: 'process-died' },
    });
    found.push(end);
  }
  return found;
}

async function endOf(open: OpenOperation, context: ActContext): Promise<Reconciled> {
  const said = (status: Reconciled['status'], message: string): Reconciled => ({
    operation: open.operation,
    action: open.action,
    status,
    message,
  });
  if (open.step === null) {
    // Each step is recorded as begun before its first byte goes out, so no step means that nothing did.
    return said('absent', 'its process ended before the first step: nothing was written');
  }
  try {
    const action = await actionNamed(open.action);
    const intent = await intentOf(open.operation, context);
    if (action.find === undefined || intent?.plan === null || intent === null) {
      return said('indeterminate', 'its process ended in the middle, and this action leaves nothing to look for');
    }
    const world: ActWorld = {
      ...context,
      signal: AbortSignal.timeout(patienceMs),
      deadline: context.clock.monotonic() + patienceMs,
      progress: () => undefined,
    };
    const status = await action.find(intent.plan as unknown as Plan, intent.params, world, open.operation);
    const words = {
      applied: 'its process ended in the middle; what it would have written is there, with its stamp',
      absent: 'its process ended in the middle; the target shows that nothing was written',
      indeterminate: 'its process ended in the middle; the target does not tell whether it was written',
    } as const;
    return said(status, words[status]);
  } catch (error) {
    return said(
      'indeterminate',
      `its process ended in the middle; the target could not be asked: ${clean(error instanceof Error ? error.message : String(error))}`,
    );
  }
}

async function intentOf(operation: string, { ledger }: ActContext): Promise<LedgerEntry | null> {
  for await (const entry of ledger.newest({ operation, phase: 'intent', limit: 1 })) {
    return entry;
  }
  return null;
}
