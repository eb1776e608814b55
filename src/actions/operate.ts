import type { Estate, Tenant } from '#estate/estate.ts';
import type { TenantStatus } from '#health/status.ts';
import { openWatcher } from '#health/watch.ts';
import type { LedgerEntry } from '#ledger/entry.ts';
import type { Ledger } from '#ledger/ledger.ts';
import { clean } from '#text/clean.ts';
import type { Clock } from '#text/clock.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import { grantedCredentials } from './access/credentials/granted.ts';
import { type ContextOptions, ledgerFolder, openContext, openLedger } from './context.ts';
import { takenAsJob } from './executor/take-as-job.ts';
import { actionNamed } from './find-action.ts';
import { openLine } from './line-to-watchers.ts';
import type { Plan } from './plan.ts';
import type { Progress } from './progress.ts';
import { type Ended, runOperation } from './run-operation.ts';
import { actedOn } from './way-back.ts';

export interface OperateOptions {
  readonly estate: Estate;
  readonly clock: Clock;
  readonly env: ContextOptions['env'];
  readonly operation: string;
  /** The process that recorded the intent and hands the lease over; null where that is on another host. */
  readonly parent: number | null;
  /** The Job that this worker is a pod of. */
  readonly job?: string | null;
  readonly timeoutMs: number;
  /** Asks it to end between two steps, as `till stop` does. */
  readonly signal?: AbortSignal;
}

/** How a worker's life ended: `left` is an operation that the next pod of its Job takes up again. */
export type WorkerEnd = 'recorded' | 'left' | 'not-ours';

/** The worker's whole life: takes the operation over, runs it, records how it ended. */
export async function operate(options: OperateOptions): Promise<WorkerEnd> {
  const ledger = openLedger(options.estate, options.clock, options.env);
  try {
    return await operateIn(ledger, options);
  } finally {
    await ledger.close();
  }
}

async function operateIn(ledger: Ledger, options: OperateOptions): Promise<WorkerEnd> {
  const { estate, clock, env, operation, parent, job = null, signal: told = new AbortController().signal } = options;
  const folder = ledgerFolder(estate, env);
  const line = openLine({ operation, folder, ledger, clock, isTold: job !== null });
  const { progress } = line;
  const taken =
    job === null
      ? await ledger.takeOver(operation, parent === null ? {} : { pid: parent })
      : await takenAsJob(operation, job, ledger, told);
  if (taken === null) {
    return 'not-ours';
  }
  using lease = taken;
  const intent = await intentOf(operation, ledger.newest({ operation, phase: 'intent', limit: 1 }));
  const before = (await ledger.state()).operations.get(operation)?.step ?? null;
  const startedAt = new Date(clock.now()).toISOString();
  // All pods of a Job share the time of one operation.
  const timeoutMs =
    job === null ? options.timeoutMs : Math.max(leastMs, options.timeoutMs - (await sinceIntent(intent, ledger)));
  const listening = line.listen();
  let end: Ended;
  try {
    // A grant is judged at the intent; what runs as a Job has the executor's own credentials (design §4).
    const granted =
      intent.grant === null || job !== null
        ? null
        : await grantedCredentials(intent.grant, { estate, clock, env, ledger });
    end = await run(
      intent,
      { estate, clock, env, timeoutMs, granted, isResumed: before !== null },
      progress,
      AbortSignal.any([lease.lost, listening.stop, told]),
    );
  } catch (error) {
    // Whatever was under way when the worker itself failed may have reached the target.
    const step = (await ledger.state()).operations.get(operation)?.step ?? null;
    end = {
      status: step === null ? 'failed' : 'unknown',
      message: `the worker failed: ${clean(error instanceof Error ? error.message : String(error))}${step === null ? '; nothing was written' : ''}`,
      reason: 'worker',
      targets: [],
    };
  } finally {
    await listening.end();
  }
  if (lease.lost.aborted) {
    return 'not-ours';
  }
  if (told.aborted && !listening.stop.aborted && job !== null && end.status !== 'ok' && (await mayRepeat(intent))) {
    // The pod is taken away, not the operation: the next one does it again.
    progress.tell({ words: 'its pod is told to end; the next one takes it up again' });
    await line.end();
    return 'left';
  }
  if (!lease.lost.aborted) {
    await ledger.append({
      kind: 'operation',
      phase: 'outcome',
      operation,
      outcome: { ...end, targets: [...end.targets], startedAt, endedAt: new Date(clock.now()).toISOString() },
    });
  }
  progress.tell({ words: end.status });
  await line.end();
  return 'recorded';
}

/** However long it has waited for a node: enough to say how it ended. */
const leastMs = 30_000;

async function sinceIntent({ at }: LedgerEntry, ledger: Ledger): Promise<number> {
  return Math.max(0, (await ledger.presence()).now - Date.parse(at));
}

async function mayRepeat({ action }: LedgerEntry): Promise<boolean> {
  return (await actionNamed(action ?? '')).mayRepeat === true;
}

async function run(
  intent: LedgerEntry,
  {
    estate,
    clock,
    env,
    timeoutMs,
    granted,
    isResumed,
  }: Pick<OperateOptions, 'estate' | 'clock' | 'env' | 'timeoutMs'> &
    Required<Pick<ContextOptions, 'granted'>> & { readonly isResumed: boolean },
  progress: Progress,
  signal: AbortSignal,
): Promise<Ended> {
  const { plan, target, params, action: name, operation } = intent;
  if (plan === null || name === null || operation === null) {
    throw new TillError('the intent has no plan', { exit: exitCodes.failed, reason: 'no-plan' });
  }
  const action = await actionNamed(name);
  const names = target?.tenants ?? [];
  const before = await sweep(estate, clock, env, names);
  const tenants = before.tenants;
  const context = openContext({ estate, clock, env, write: true, tenants, statuses: before.statuses, granted });
  try {
    return await runOperation({
      action,
      params,
      operation,
      tenant: action.target === 'estate' ? null : (tenants.find((tenant) => tenant.name === actedOn(intent)) ?? null),
      // The intent keeps of a plan what was agreed to; the rest is not asked for.
      agreed: { ...plan, action: name, params, tenants: names } as unknown as Plan,
      isResumed,
      context,
      progress,
      signal,
      timeoutMs,
      healthNow: async () => {
        if (names.length === 0) {
          return null;
        }
        const after = await sweep(estate, clock, env, names).catch(() => null);
        return after === null ? null : Object.fromEntries(after.statuses.map(({ tenant, grade }) => [tenant, grade]));
      },
    });
  } finally {
    await context.close();
  }
}

async function sweep(
  estate: Estate,
  clock: Clock,
  env: ContextOptions['env'],
  names: readonly string[],
): Promise<{ readonly tenants: readonly Tenant[]; readonly statuses: readonly TenantStatus[] }> {
  const watcher = await openWatcher({
    estate,
    clock,
    env,
    choose: (all) => all.filter((tenant) => names.includes(tenant.name)),
  });
  try {
    const picture = await watcher.sweep();
    return { tenants: watcher.known(), statuses: picture.tenants };
  } finally {
    await watcher.close();
  }
}

async function intentOf(operation: string, found: AsyncIterable<LedgerEntry>): Promise<LedgerEntry> {
  for await (const entry of found) {
    return entry;
  }
  throw new TillError(`the ledger has no operation ${operation}`, {
    exit: exitCodes.usage,
    reason: 'unknown-operation',
    target: operation,
  });
}
