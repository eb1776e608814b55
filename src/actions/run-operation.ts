import { setTimeout as pause } from 'node:timers/promises';
import type { Tenant } from '#estate/estate.ts';
import type { JsonObject } from '#ledger/canonical.ts';
import type { RecordedOutcome } from '#ledger/entry.ts';
import type { Operation } from '#systems/operation.ts';
import { WriteFailure } from '#systems/write-failure.ts';
import { clean } from '#text/clean.ts';
import { TillError } from '#text/till-error.ts';
import type { Action, ActWorld, Step, Verdict } from './action.ts';
import type { ActContext } from './context.ts';
import { movedSince } from './digest.ts';
import { licence } from './licence.ts';
import type { Plan } from './plan.ts';
import { prepare } from './prepare.ts';
import type { Progress } from './progress.ts';

export interface Running {
  readonly action: Action;
  readonly params: JsonObject;
  readonly operation: string;
  readonly tenant: Tenant | null;
  /** What was agreed to, from the intent. */
  readonly agreed: Plan;
  readonly context: ActContext;
  readonly progress: Progress;
  /** Aborted by `till stop`, or when the lease was lost. */
  readonly signal: AbortSignal;
  /** Milliseconds that steps and verification may take together. */
  readonly timeoutMs: number;
  /** Whether a worker before this one had begun a step when it died. */
  readonly isResumed?: boolean;
  /** Grades of the tenants now, to compare with those at plan time; null where they could not be read. */
  healthNow(): Promise<Readonly<Record<string, string>> | null>;
}

export type Ended = Pick<RecordedOutcome, 'status' | 'message' | 'reason' | 'targets'>;

/**
 * Steps 6 and 7, run by the worker: reads everything again and compares it with what was agreed to, acts step by step, each
 * recorded as begun before it runs, then verifies. Returns how it ended; never throws for what the target did.
 */
export async function runOperation(running: Running): Promise<Ended> {
  const { action, params, operation, agreed, context, progress } = running;
  const world: ActWorld = {
    tenant: running.tenant,
    estate: context.estate,
    clock: context.clock,
    ledger: context.ledger,
    env: context.env,
    cluster: context.cluster,
    postgres: context.postgres,
    store: context.store,
    login: context.login,
    secret: context.secret,
    clusterWriter: context.clusterWriter,
    postgresWriter: context.postgresWriter,
    signal: running.signal,
    deadline: context.clock.monotonic() + running.timeoutMs,
    progress: (event) => progress.tell(event),
  };
  if (running.isResumed === true) {
    const left = await leftBehind(running, world);
    if (left !== null) {
      return left;
    }
  }
  progress.tell({ words: 'reading everything again' });
  const again = running.isResumed === true ? await readOnceFree(running) : await readAgain(running);
  if ('status' in again) {
    return running.isResumed === true
      ? { ...again, status: 'unknown', message: `${sinceDeath}; ${again.message}` }
      : again;
  }
  const { plan } = again;
  const steps = action.steps(plan, params);
  for (const [index, step] of steps.entries()) {
    if (running.signal.aborted) {
      return index === 0
        ? ended('absent', 'stopped before anything was written', 'stopped')
        : ended('failed', `stopped after step ${index} of ${steps.length}, which stays done`, 'stopped');
    }
    progress.tell({ words: step.words, done: index, of: steps.length });
    const failure = await runStep(step, { index, of: steps.length, operation, action: action.name }, world);
    if (failure !== null) {
      return index === 0
        ? failure
        : {
            ...failure,
            // `refused` would say that nothing was written.
            status: failure.status === 'refused' ? 'failed' : failure.status,
            message: `${failure.message ?? ''} (steps before it were done: ${index})`,
          };
    }
  }
  progress.tell({ words: 'verifying', done: steps.length, of: steps.length });
  const verdict = await verified(action, plan, params, world);
  return outcomeOf(verdict, agreed.health, plan.tenants, await running.healthNow());
}

const sinceDeath = 'a worker before this one had begun it';

/** How an operation ends whose earlier worker died in a step; null when it is to be done again. */
async function leftBehind(running: Running, world: ActWorld): Promise<Ended | null> {
  const { action, params, operation, agreed, progress } = running;
  progress.tell({ words: 'looking for what the worker before this one left' });
  const found = (await action.find?.(agreed, params, world, operation).catch(() => null)) ?? 'indeterminate';
  if (found === 'applied') {
    const verdict = await verified(action, agreed, params, world);
    return outcomeOf(verdict, agreed.health, agreed.tenants, await running.healthNow());
  }
  if (found === 'absent' || action.mayRepeat === true) {
    return null;
  }
  return ended('unknown', `${sinceDeath}, and the target does not tell whether it was written`, 'process-died');
}

/** The plan as it would be made now; or how it ends, when it is not what was agreed to, or cannot be told. */
async function readAgain({
  action,
  params,
  tenant,
  agreed,
  context,
}: Running): Promise<{ readonly plan: Plan } | Ended> {
  try {
    const { plan, refusals } = await prepare(action, params, tenant, context, { reason: 'begun', ticket: null });
    const moved = movedSince(agreed, plan);
    // Policy has judged within the intent's own append, and would find this very operation in the way now.
    const [blocked] = plan.blockers.slice(refusals.length);
    if (moved === null && blocked === undefined) {
      return { plan };
    }
    return moved === null
      ? ended('refused', `${blocked?.by ?? ''}: ${blocked?.reason ?? ''}; nothing was written`, 'blocked')
      : ended('refused', `the world has moved since the plan: ${moved}; nothing was written`, 'moved');
  } catch (error) {
    const words = clean(error instanceof Error ? error.message : String(error));
    return error instanceof TillError
      ? ended('refused', `the world has moved since the plan: ${words}; nothing was written`, 'moved')
      : ended('failed', `it could not be read again: ${words}; nothing was written`, 'unreadable');
  }
}

/** What a worker that died left open (a session that its server has not missed yet) may stand in its own way for a moment. */
async function readOnceFree(running: Running): ReturnType<typeof readAgain> {
  const { clock } = running.context;
  const until = clock.monotonic() + freeMs;
  for (;;) {
    const again = await readAgain(running);
    const isBlocked = 'status' in again && again.reason === 'blocked';
    if (!isBlocked || running.signal.aborted || clock.monotonic() >= until) {
      return again;
    }
    await pause(2_000, undefined, { signal: running.signal }).catch(() => undefined);
  }
}

const freeMs = 60_000;

interface Place {
  readonly index: number;
  readonly of: number;
  readonly operation: string;
  readonly action: string;
}

/** Reading and writing anew this often is enough for a controller that writes a status every moment. */
const tries = 5;

/**
 * A 409 wrote nothing, and mostly says that a controller touched the status between our reading and our writing. The step
 * reads again, and itself refuses where what was planned has moved.
 */
async function written(step: Step, operation: Operation, world: ActWorld): Promise<JsonObject> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await step.run(operation, world);
    } catch (error) {
      const isConflict = error instanceof WriteFailure && error.certainty === 'refused' && error.code === '409';
      if (!isConflict || attempt === tries || world.signal.aborted) {
        throw error;
      }
    }
  }
}

async function runStep(step: Step, { index, of, operation, action }: Place, world: ActWorld): Promise<Ended | null> {
  const following = { kind: 'operation', phase: 'step', operation } as const;
  await world.ledger.append({ ...following, params: { step: step.name, index, of } });
  try {
    const details = await written(step, licence(operation, action), world);
    await world.ledger.append({
      ...following,
      params: { step: step.name, index, of, details },
      outcome: { status: 'ok' },
    });
    return null;
  } catch (error) {
    if (error instanceof WriteFailure) {
      return error.certainty === 'refused'
        ? ended(error.moved ? 'refused' : 'failed', `${step.words}: ${clean(error.message)}`, error.code ?? 'refused')
        : ended(
            'unknown',
            `${step.words}: ${clean(error.message)}; it may or may not have been written`,
            error.code ?? 'unknown',
          );
    }
    if (error instanceof TillError) {
      return ended('failed', clean(error.message), error.reason);
    }
    throw error;
  }
}

async function verified(action: Action, plan: Plan, params: JsonObject, world: ActWorld): Promise<Verdict> {
  try {
    return await action.verify(plan, params, world);
  } catch (error) {
    // It was written; that it could not be read back is not known to be a failure.
    return {
      status: 'unknown',
      message: `written, but it could not be read back: ${clean(String((error as Error).message ?? error))}`,
    };
  }
}

function outcomeOf(
  verdict: Verdict,
  before: Readonly<Record<string, string>>,
  tenants: readonly string[],
  after: Readonly<Record<string, string>> | null,
): Ended {
  return {
    status: verdict.status,
    message: verdict.message,
    reason: verdict.status === 'ok' ? null : 'verify',
    targets: tenants.map((tenant) => ({
      tenant,
      status: verdict.status,
      message: verdict.message,
      before: verdict.before ?? null,
      after: verdict.after ?? null,
      health: comparison(before[tenant], after?.[tenant]),
    })),
  };
}

const order: readonly string[] = ['ok', 'unknown', 'warn', 'critical'];

/** `better same worse unclear` (design §4). */
function comparison(before: string | undefined, after: string | undefined): string {
  if (before === undefined || after === undefined || before === 'unknown' || after === 'unknown') {
    return 'unclear';
  }
  const difference = order.indexOf(after) - order.indexOf(before);
  return difference < 0 ? 'better' : difference > 0 ? 'worse' : 'same';
}

function ended(status: Ended['status'], message: string, reason: string): Ended {
  return { status, message, reason, targets: [] };
}
