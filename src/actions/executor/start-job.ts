import { setTimeout as pause } from 'node:timers/promises';
import { estateFile, executorJob } from '#estate/enforcement/job.ts';
import type { Ledger } from '#ledger/ledger.ts';
import { WriteFailure } from '#systems/write-failure.ts';
import { clean } from '#text/clean.ts';
import { TillError } from '#text/till-error.ts';
import type { ActContext } from '../context.ts';
import { licence } from '../licence.ts';
import { workerWord } from '../worker-word.ts';
import { claimOf } from './filestore.ts';
import { lookAtJob } from './job-eyes.ts';
import { type Executor, jobName } from './place.ts';

export interface JobRequest {
  readonly operation: string;
  readonly action: string;
  readonly tenants: readonly string[];
  readonly timeoutMs: number;
  readonly executor: Executor;
}

/** Beyond the operation's own time: to be scheduled, to take over from a pod that died, to record the end. */
const slackSeconds = 600;
/** How long a cluster that is away is tried. */
const patienceMs = 60_000;

/** The Job that an operation asks for. */
export function jobFor({ operation, action, tenants, timeoutMs, executor }: JobRequest, context: ActContext) {
  const { namespace, serviceAccount, image, scratch } = executor;
  const name = jobName(operation);
  return executorJob({
    ...{ name, namespace, serviceAccount, image, scratch, operation, action },
    args: [
      workerWord,
      `--operation=${operation}`,
      `--estate=${estateFile}`,
      `--job=${name}`,
      `--timeout=${Math.trunc(timeoutMs)}`,
    ],
    capSeconds: Math.ceil(timeoutMs / 1000) + slackSeconds,
    claim: claimOf(context.tenants.find((tenant) => tenant.name === tenants[0]) ?? null, context.estate),
  });
}

/**
 * Creates the Job, once: one whose creation nobody knows the end of is looked for by its name before anything else. Where it cannot be
 * created the operation is ended here, and only after its lease was taken back: a Job that still comes then finds nothing to do.
 */
export async function startJob(request: JobRequest, context: ActContext, signal: AbortSignal): Promise<void> {
  const failure = await createdOrWhyNot(request, context, signal);
  if (failure !== null) {
    await endUnstarted(request.operation, failure, context.ledger);
  }
}

async function createdOrWhyNot(request: JobRequest, context: ActContext, signal: AbortSignal): Promise<string | null> {
  const { operation, action, executor } = request;
  const { clock } = context;
  const job = jobFor(request, context);
  const until = clock.monotonic() + patienceMs;
  let why = '';
  for (let waitMs = 500, isFirst = true; ; waitMs = Math.min(waitMs * 2, 8_000), isFirst = false) {
    if (!isFirst) {
      const look = await lookAtJob(operation, executor, context);
      if (look.state !== 'absent' && look.state !== 'unseen') {
        return look.state === 'foreign' ? look.words : null;
      }
    }
    try {
      const writer = await context.clusterWriter(executor.cluster);
      await writer.create(licence(operation, action), `/apis/batch/v1/namespaces/${executor.namespace}/jobs`, job);
      return null;
    } catch (error) {
      if (!(error instanceof WriteFailure)) {
        return wordsOf(error);
      }
      why = clean(error.message);
      // A number is an answer of the API server: it has said no, and will say so again.
      const isAnswered = error.certainty === 'refused' && /^\d{3}$/.test(error.code ?? '') && error.code !== '409';
      if (isAnswered || error.code === 'no-credential') {
        return why;
      }
    }
    if (clock.monotonic() + waitMs >= until) {
      return why;
    }
    await pause(waitMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) {
      return why;
    }
  }
}

async function endUnstarted(operation: string, why: string, ledger: Ledger): Promise<void> {
  try {
    // From here on no Job can take it over.
    using _lease = await ledger.takeOver(operation);
    await ledger.append({
      kind: 'operation',
      phase: 'outcome',
      operation,
      outcome: {
        status: 'failed',
        message: `its Job could not be created: ${why}; nothing was written`,
        reason: 'executor',
        targets: [],
        startedAt: null,
        endedAt: null,
      },
    });
  } catch (error) {
    // A worker has it after all: the Job was created, and only its answer was lost.
    if (!(error instanceof TillError && ['operation-live', 'operation-not-open'].includes(error.reason))) {
      throw error;
    }
  }
}

function wordsOf(error: unknown): string {
  return clean(error instanceof Error ? error.message : String(error));
}
