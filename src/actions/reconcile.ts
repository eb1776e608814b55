import type { LedgerEntry } from '#ledger/entry.ts';
import type { OpenOperation } from '#ledger/state.ts';
import { clean } from '#text/clean.ts';
import { TillError } from '#text/till-error.ts';
import { isDuty } from './access/credentials/duty.ts';
import type { ActWorld } from './action.ts';
import type { ActContext } from './context.ts';
import { eyesOf } from './executor/job-eyes.ts';
import { mayGoOn } from './executor/may-go-on.ts';
import { jobInWords, removeJob } from './executor/remove-job.ts';
import { actionNamed } from './find-action.ts';
import type { Plan } from './plan.ts';
import { actedOn } from './way-back.ts';

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
export async function reconcile(context: ActContext, only?: string): Promise<readonly Reconciled[]> {
  const all = only === undefined ? (await context.ledger.lapsed()).filter(({ action }) => !isDuty(action)) : [];
  // A duty is done again under its own id by whoever keeps grants, and so needs no guess at how it ended.
  const lapsed = only === undefined ? all.map(({ operation }) => operation) : [only];
  const found: Reconciled[] = [];
  for (const operation of lapsed) {
    const end = await unlessTaken(() => endOne(operation, context));
    if (end !== null) {
      found.push(end);
    }
  }
  return found;
}

async function endOne(operation: string, context: ActContext): Promise<Reconciled | null> {
  const { ledger } = context;
  const wired = ledger.wire?.of(operation) ?? null;
  const look = wired === null || wired.job === null ? null : await eyesOf(context)(operation);
  if (mayGoOn(wired, look)) {
    return null;
  }
  // The lease before the look: from here on a worker that comes late cannot write what we are about to call absent.
  using _lease = await ledger.takeOver(operation);
  const open = (await ledger.state()).operations.get(operation);
  if (open === undefined) {
    return null;
  }
  const found = await endOf(open, context);
  const how = look === null ? '' : ` (${jobInWords(look)})`;
  const end = { ...found, message: `${found.message}${how}` };
  await ledger.append({
    kind: 'operation',
    phase: 'reconciled',
    operation,
    outcome: { status: end.status, message: end.message, reason: 'process-died' },
  });
  if (look?.state === 'waiting') {
    await removeJob(open, look, context);
  }
  return end;
}

/** Somebody else runs it, or has ended it meanwhile: theirs is the word, and the other operations are still to be ended. */
async function unlessTaken<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TillError && (error.reason === 'operation-live' || error.reason === 'operation-not-open')) {
      return null;
    }
    throw error;
  }
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
  if (open.step.status === 'ok' && open.step.index + 1 === open.step.of) {
    return said('applied', 'its process ended after the last step was recorded as done; it was not verified');
  }
  try {
    const action = await actionNamed(open.action);
    const intent = await intentOf(open.operation, context);
    if (action.find === undefined || intent?.plan === null || intent === null) {
      return said('indeterminate', 'its process ended in the middle, and this action leaves nothing to look for');
    }
    const named = actedOn(intent);
    const world: ActWorld = {
      ...context,
      tenant: context.tenants.find(({ name }) => name === named) ?? null,
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
