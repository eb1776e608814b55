import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Estate, Tenant } from '#estate/estate.ts';
import type { TenantStatus } from '#health/status.ts';
import { openWatcher } from '#health/watch.ts';
import type { LedgerEntry } from '#ledger/entry.ts';
import { clean } from '#text/clean.ts';
import type { Clock } from '#text/clock.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import { grantedCredentials } from './access/credentials/granted.ts';
import { type ContextOptions, ledgerFolder, openContext, openLedger } from './context.ts';
import { actionNamed } from './find-action.ts';
import { progressPath, progressTo } from './progress.ts';
import { type Ended, runOperation } from './run-operation.ts';
import { actedOn } from './way-back.ts';

export interface OperateOptions {
  readonly estate: Estate;
  readonly clock: Clock;
  readonly env: ContextOptions['env'];
  readonly operation: string;
  /** The process that recorded the intent and hands the lease over. */
  readonly parent: number;
  readonly timeoutMs: number;
  /** Asks it to end between two steps, as `till stop` does. */
  readonly signal?: AbortSignal;
}

/** How often a running operation looks whether somebody said `till stop`. */
const stopEveryMs = 250;

export function stopPath(folder: string, operation: string): string {
  return join(folder, 'operations', `${operation}.stop`);
}

/** The worker's whole life: takes the operation over, runs it, records how it ended. */
export async function operate(options: OperateOptions): Promise<void> {
  const { estate, clock, env, operation, parent, timeoutMs, signal: told } = options;
  const folder = ledgerFolder(estate, env);
  const progress = progressTo(progressPath(folder, operation), () => clock.now());
  const ledger = openLedger(estate, clock, env);
  using lease = await ledger.takeOver(operation, { pid: parent });
  const intent = await intentOf(operation, ledger.newest({ operation, phase: 'intent', limit: 1 }));
  const startedAt = new Date(clock.now()).toISOString();
  const stop = new AbortController();
  const looking = setInterval(() => {
    if (existsSync(stopPath(folder, operation))) {
      stop.abort();
    }
  }, stopEveryMs);
  let end: Ended;
  try {
    const granted =
      intent.grant === null ? null : await grantedCredentials(intent.grant, { estate, clock, env, ledger });
    end = await run(
      intent,
      { estate, clock, env, timeoutMs, granted },
      progress,
      AbortSignal.any([lease.lost, stop.signal, ...(told === undefined ? [] : [told])]),
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
    clearInterval(looking);
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
  await ledger.close();
}

async function run(
  intent: LedgerEntry,
  {
    estate,
    clock,
    env,
    timeoutMs,
    granted,
  }: Pick<OperateOptions, 'estate' | 'clock' | 'env' | 'timeoutMs'> & Required<Pick<ContextOptions, 'granted'>>,
  progress: ReturnType<typeof progressTo>,
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
      agreed: {
        digest: plan.digest,
        changes: plan.changes,
        objects: plan.objects as never,
        health: plan.health as Readonly<Record<string, never>>,
      },
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
