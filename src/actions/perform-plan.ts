import type { RecordedOutcome } from '#ledger/entry.ts';
import type { Refusal } from '#ledger/ledger.ts';
import type { Action } from './action.ts';
import { awaitOperation } from './await-operation.ts';
import { begin } from './begin.ts';
import type { ActContext } from './context.ts';
import { eyesOf } from './executor/job-eyes.ts';
import { placeInWords, placeOf } from './executor/place.ts';
import { startJob } from './executor/start-job.ts';
import type { Plan } from './plan.ts';
import type { Circumstances } from './prepare.ts';
import type { ProgressEvent } from './progress.ts';
import { reconcile } from './reconcile.ts';
import { incidentNamed } from './standing.ts';
import { startWorker, type Worker } from './start-worker.ts';

/** What was agreed to, and what was said with it. */
export interface Agreed extends Circumstances {
  readonly action: Action;
  /** As it was called; null: the open one that pins one of the tenants. */
  readonly incident: string | null;
  readonly idempotencyKey: string | null;
  /** Links what one call begins; null for one alone. */
  readonly bulk: string | null;
}

/** Who watches, and for how long. */
export interface Watching {
  readonly context: ActContext;
  readonly timeoutMs: number;
  /** False: back as soon as it runs. */
  readonly waits: boolean;
  /** Aborted: nothing new is begun, and what runs goes on. */
  readonly signal: AbortSignal;
  /** The file that starts till, for the worker; this very program when left out. */
  readonly entry?: string;
  onBegun?(plan: Plan, operation: string): void;
  /** Where a long one runs, in words; null for a short one. */
  onPlaced?(plan: Plan, words: string | null): void;
  onProgress?(plan: Plan, event: ProgressEvent): void;
  onEnd?(plan: Plan, end: End): void;
}

/** What came of one plan. */
export type End =
  | { readonly status: 'refused'; readonly operation: string; readonly refusal: Refusal }
  /** It runs, and is not watched any longer. */
  | { readonly status: 'running'; readonly operation: string; readonly isAwaited: boolean }
  | { readonly status: 'ended'; readonly operation: string; readonly outcome: RecordedOutcome };

/** The worker keeps to the time itself and says what is known; a little more is for its last word. */
const lastWordMs = 15_000;

/** Steps 5 to 8 of the path for one plan: the intent on disk, a worker of its own, and its outcome as the ledger has it. */
export async function performPlan(plan: Plan, agreed: Agreed, watching: Watching): Promise<End> {
  const end = await performed(plan, agreed, watching);
  watching.onEnd?.(plan, end);
  return end;
}

async function performed(plan: Plan, agreed: Agreed, watching: Watching): Promise<End> {
  const { context, timeoutMs, entry } = watching;
  const incident = await incidentFor(agreed.incident, plan.tenants, context);
  const begun = await begin({ ...agreed, params: plan.params, plan, incident }, context);
  const { operation } = begun;
  if (begun.status === 'refused') {
    return { status: 'refused', operation, refusal: begun.refusal };
  }
  watching.onBegun?.(plan, operation);
  if (begun.status === 'repeated') {
    return await awaited(plan, operation, watching);
  }
  const { action } = agreed;
  const place = placeOf(action, context.estate, plan.params);
  watching.onPlaced?.(plan, placeInWords(place, operation));
  let worker: Worker | undefined;
  if (place.kind === 'job') {
    const { tenants } = plan;
    await startJob(
      { operation, action: action.name, tenants, timeoutMs, executor: place.executor },
      context,
      watching.signal,
    );
  } else {
    worker = startWorker({
      ...{ operation, timeoutMs, estatePath: context.estate.path ?? '', ledgerFolder: context.ledgerFolder },
      env: context.env,
      ...(entry === undefined ? {} : { entry }),
    });
  }
  return watching.waits
    ? await awaited(plan, operation, watching, worker)
    : { status: 'running', operation, isAwaited: false };
}

async function awaited(plan: Plan, operation: string, watching: Watching, worker?: Worker): Promise<End> {
  const { context, timeoutMs, signal } = watching;
  const watch = {
    ...{ ledger: context.ledger, ledgerFolder: context.ledgerFolder, signal, eyes: eyesOf(context) },
    timeoutMs: timeoutMs + lastWordMs,
    now: () => context.clock.monotonic(),
    onProgress: (event: ProgressEvent) => watching.onProgress?.(plan, event),
  };
  let { outcome, hasDied } = await awaitOperation(operation, worker === undefined ? watch : { ...watch, worker });
  while (hasDied) {
    await reconcile(context, operation);
    ({ outcome, hasDied } = await awaitOperation(operation, watch));
  }
  return outcome === null ? { status: 'running', operation, isAwaited: true } : { status: 'ended', operation, outcome };
}

/** The one that was named; else an open incident that pins one of them takes the action into its timeline. */
async function incidentFor(
  named: string | null,
  tenants: readonly string[],
  { ledger }: ActContext,
): Promise<string | null> {
  const state = await ledger.state();
  if (named !== null) {
    return incidentNamed(named, state).incident;
  }
  const pinning = [...state.incidents.values()].filter((incident) =>
    incident.tenants.some((name) => tenants.includes(name)),
  );
  return pinning.at(-1)?.incident ?? null;
}
