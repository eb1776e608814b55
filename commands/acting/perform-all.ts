import type { Action } from '#actions/action.ts';
import { awaitOperation, exitOfAll, exitOfOutcome } from '#actions/await-operation.ts';
import { begin } from '#actions/begin.ts';
import type { ActContext } from '#actions/context.ts';
import type { Plan } from '#actions/plan.ts';
import { planFields } from '#actions/plan-fields.ts';
import { type Circumstances, prepare } from '#actions/prepare.ts';
import type { ProgressEvent } from '#actions/progress.ts';
import { reconcile } from '#actions/reconcile.ts';
import { incidentNamed } from '#actions/standing.ts';
import { startWorker, type Worker } from '#actions/start-worker.ts';
import type { Tenant } from '#estate/estate.ts';
import type { Invocation } from '#grammar/command.ts';
import { formatOf, paintOf, printList, printOne } from '#grammar/output.ts';
import { planText } from '#grammar/plan-text.ts';
import { seconds } from '#grammar/seconds.ts';
import { canonical, type Json, type JsonObject } from '#ledger/canonical.ts';
import type { RecordedOutcome } from '#ledger/entry.ts';
import { confirmationFor, isConfirmed } from '#policy/confirm.ts';
import { type ExitCode, exitCodes, TillError } from '#text/till-error.ts';
import { ask } from './ask.ts';

/** At once, over all tenants chosen: enough to be quick, few enough that a mistake is seen before it is everywhere. */
const width = 4;
const usualTimeoutSeconds = 600;

interface Planned {
  readonly tenant: Tenant | null;
  readonly plan: Plan;
}

interface Ended {
  readonly tenant: string | null;
  /** null: never begun. */
  readonly operation: string | null;
  readonly exit: ExitCode;
  readonly outcome: RecordedOutcome | null;
}

/** Plan all, confirm once, then run each; the list is frozen by what was planned (design §4). */
export async function performAll(
  action: Action,
  params: JsonObject,
  tenants: readonly Tenant[],
  context: ActContext,
  invocation: Invocation,
  undoing?: { readonly mustStandAs: readonly Standing[] },
): Promise<ExitCode> {
  const circumstances = { reason: invocation.value('reason') ?? null, ticket: invocation.value('ticket') ?? null };
  // A wrong one is said before anything is recorded.
  timeoutOf(invocation);
  const planned: Planned[] = [];
  for (const tenant of action.target === 'estate' ? [null] : tenants) {
    const { plan } = await prepare(action, params, tenant, context, circumstances);
    planned.push({ tenant, plan: await checkedByServer(plan, action, context, invocation) });
  }
  for (const { plan } of undoing === undefined ? [] : planned) {
    mustStand(plan, undoing?.mustStandAs ?? []);
  }
  const fallsShort = expectation(planned, invocation);
  if (fallsShort !== null) {
    throw fallsShort;
  }
  if (invocation.given('dry-run')) {
    return await printPlans(action, planned, invocation);
  }
  if (!(await isAgreed(action, planned, invocation))) {
    return exitCodes.confirmationMissing;
  }
  const ends = await runAll(action, params, planned, circumstances, context, invocation);
  await printOutcomes(action, ends, invocation);
  return exitOfAll(ends.map(({ exit }) => exit));
}

/** What an operation changed, and to what. */
interface Standing {
  readonly object: string;
  readonly field: string;
  readonly after: Json;
}

/** An undo holds only while what was written still stands: anything else is somebody else's later work. */
function mustStand(plan: Plan, standing: readonly Standing[]): void {
  if (plan.changes.length === 0 && standing.length > 0) {
    throw new TillError('the world has moved on: nothing is left of it that could be taken back', {
      exit: exitCodes.refused,
      reason: 'moved',
      next: 'till operations lists what was done since',
    });
  }
  for (const { object, field, after } of standing) {
    const now = plan.changes.find((change) => change.object === object && change.field === field);
    if (now !== undefined && canonical(now.before) !== canonical(after)) {
      throw new TillError(
        `the world has moved on: ${object} ${field} was left at ${canonical(after)} and is ${canonical(now.before)} now`,
        { exit: exitCodes.refused, reason: 'moved', next: 'plan the change anew' },
      );
    }
  }
}

async function checkedByServer(plan: Plan, action: Action, context: ActContext, invocation: Invocation): Promise<Plan> {
  return invocation.given('dry-run') && action.dryRun !== undefined
    ? { ...plan, serverChecked: await action.dryRun(plan, plan.params, context) }
    : plan;
}

function expectation(planned: readonly Planned[], invocation: Invocation): TillError | null {
  for (const pair of invocation.values('expect')) {
    const [key = '', value = ''] = pair.split(/=(.*)/su);
    if (key !== 'digest') {
      throw new TillError(`--expect knows no "${key}"; it is digest=…`, { exit: exitCodes.usage, reason: 'usage' });
    }
    const other = planned.find(({ plan }) => plan.digest !== value);
    if (other !== undefined) {
      return new TillError(`the plan's digest is ${other.plan.digest}, not ${value}`, {
        exit: exitCodes.checkFalse,
        reason: 'expectation',
        ...(other.tenant === null ? {} : { target: other.tenant.name }),
        next: 'look at the plan again with --dry-run',
      });
    }
  }
  return null;
}

async function printPlans(action: Action, planned: readonly Planned[], invocation: Invocation): Promise<ExitCode> {
  const isOneDocument = planned.length > 1 && ['json', 'yaml'].includes(formatOf(invocation));
  if (isOneDocument) {
    // One document, whatever was chosen.
    await printList(invocation, {
      ...{ kind: 'PlanList', columns: [] },
      items: planned.map(({ plan }) => planFields(plan)),
      name: () => '',
    });
  }
  for (const { plan } of isOneDocument ? [] : planned) {
    await printOne(invocation, {
      kind: 'Plan',
      fields: planFields(plan),
      name: plan.digest,
      text: (paint) => planText(action.title, plan, paint),
    });
  }
  return planned.some(({ plan }) => plan.blockers.length > 0 || plan.serverChecked === 'refused')
    ? exitCodes.refused
    : exitCodes.ok;
}

async function isAgreed(action: Action, planned: readonly Planned[], invocation: Invocation): Promise<boolean> {
  const { io } = invocation;
  // What would be refused is not worth a question: the refusal is recorded and said.
  const open = planned.filter(({ plan }) => plan.blockers.length === 0);
  const [first] = open;
  if (first === undefined) {
    return true;
  }
  const danger = open.some(({ plan }) => plan.danger === 'severe')
    ? 'severe'
    : open.some(({ plan }) => plan.danger === 'moderate')
      ? 'moderate'
      : 'mild';
  const needed = confirmationFor(danger, { confirmWith: first.plan.confirmWith, count: open.length });
  const given = { yes: invocation.given('yes'), confirm: invocation.value('confirm') ?? null };
  if (isConfirmed(needed, given)) {
    return true;
  }
  const mayAsk = io.stdinIsTTY && io.stderrIsTTY && !invocation.given('no-input') && given.confirm === null;
  if (mayAsk) {
    for (const { plan } of open) {
      io.err(planText(action.title, plan, paintOf(invocation)));
    }
    return await ask(needed, io);
  }
  const flag = needed.kind === 'typed' ? `--confirm=${JSON.stringify(needed.text)}` : '--yes';
  throw new TillError(`${action.title.toLowerCase()} is ${danger} and was not confirmed`, {
    exit: exitCodes.confirmationMissing,
    reason: given.confirm === null ? 'confirmation-missing' : 'confirmation-wrong',
    target: first.plan.confirmWith,
    next: `look with --dry-run, then ${flag}`,
  });
}

async function runAll(
  action: Action,
  params: JsonObject,
  planned: readonly Planned[],
  circumstances: Circumstances,
  context: ActContext,
  invocation: Invocation,
): Promise<readonly Ended[]> {
  const ends: Ended[] = planned.map(notBegun);
  let next = 0;
  let isStopped = false;
  const worker = async (): Promise<void> => {
    while (!isStopped && next < planned.length) {
      const index = next;
      next += 1;
      const end = await runOne(action, params, planned[index] as Planned, circumstances, context, invocation);
      ends[index] = end;
      if (end.exit !== exitCodes.ok && !invocation.given('keep-going')) {
        isStopped = true;
      }
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return ends;
}

/** What is said of a tenant that was never come to: each has its line in the outcome. */
function notBegun({ tenant }: Planned): Ended {
  return {
    tenant: tenant?.name ?? null,
    operation: null,
    exit: exitCodes.failed,
    outcome: {
      ...{ status: 'absent', reason: 'not-begun', by: null, until: null, wayOut: null },
      message: 'not begun, because another one did not go well; --keep-going goes on',
      ...{ targets: [], evidence: {}, startedAt: null, endedAt: null },
    },
  };
}

async function runOne(
  action: Action,
  params: JsonObject,
  { tenant, plan }: Planned,
  circumstances: Circumstances,
  context: ActContext,
  invocation: Invocation,
): Promise<Ended> {
  const { io } = invocation;
  const name = tenant?.name ?? null;
  const key = invocation.value('idempotency-key');
  const begun = await begin(
    {
      action,
      params,
      plan,
      ...circumstances,
      incident: await incidentOf(invocation.value('incident'), plan.tenants, context),
      idempotencyKey: key === undefined ? null : name === null ? key : `${key}/${name}`,
    },
    context,
  );
  if (begun.status === 'refused') {
    const { by, message, until, wayOut } = begun.refusal;
    const words = `${name ?? action.title}: refused by ${by}: ${message}${until === null ? '' : `, until ${until}`}`;
    io.err(`✖ ${words}\n${wayOut === null ? '' : `  ${wayOut}\n`}  operation ${begun.operation}\n`);
    return {
      tenant: name,
      operation: begun.operation,
      // What is missing is the caller's to give; everything else is somebody's no (design §9).
      exit: begun.refusal.reason === 'reason-missing' ? exitCodes.usage : exitCodes.refused,
      outcome: refusedOutcome(begun.refusal),
    };
  }
  io.err(`${name ?? action.title}: operation ${begun.operation}\n`);
  let worker: Worker | undefined;
  if (begun.status === 'begun') {
    worker = startWorker({
      operation: begun.operation,
      estatePath: context.estate.path ?? '',
      ledgerFolder: context.ledgerFolder,
      timeoutMs: timeoutOf(invocation),
      env: io.env,
    });
    if (invocation.given('no-wait')) {
      return { tenant: name, operation: begun.operation, exit: exitCodes.ok, outcome: null };
    }
  }
  const watch = {
    ledger: context.ledger,
    ledgerFolder: context.ledgerFolder,
    // The worker keeps to the time itself and says what is known; a little more is for its last word.
    timeoutMs: timeoutOf(invocation) + 15_000,
    now: () => io.clock.monotonic(),
    signal: io.signal,
    onProgress: ({ words, done, of }: ProgressEvent) =>
      io.err(`  ${name ?? action.title}: ${words}${done === null || of === null ? '' : ` (${done}/${of})`}\n`),
  };
  let awaited = await awaitOperation(begun.operation, worker === undefined ? watch : { ...watch, worker });
  while (awaited.hasDied) {
    await reconcile(context, begun.operation);
    awaited = await awaitOperation(begun.operation, watch);
  }
  const { outcome } = awaited;
  if (outcome === null) {
    io.err(`  ${name ?? action.title}: it goes on; till wait ${begun.operation}\n`);
  } else {
    io.err(
      `${outcome.status === 'ok' ? '●' : '✖'} ${name ?? action.title}: ${outcome.status}${outcome.message === null ? '' : `, ${outcome.message}`}\n`,
    );
  }
  return { tenant: name, operation: begun.operation, exit: exitOfOutcome(outcome), outcome };
}

/** The one that was named; else an open incident that pins one of them takes the action into its timeline. */
async function incidentOf(
  named: string | undefined,
  tenants: readonly string[],
  context: ActContext,
): Promise<string | null> {
  const state = await context.ledger.state();
  if (named !== undefined) {
    return incidentNamed(named, state).incident;
  }
  const { incidents } = state;
  const pinning = [...incidents.values()].filter((incident) => incident.tenants.some((name) => tenants.includes(name)));
  return pinning.at(-1)?.incident ?? null;
}

function refusedOutcome(refusal: {
  readonly message: string;
  readonly reason: string;
  readonly by: string;
  readonly until: string | null;
  readonly wayOut: string | null;
}): RecordedOutcome {
  return { status: 'refused', ...refusal, targets: [], evidence: {}, startedAt: null, endedAt: null };
}

function timeoutOf(invocation: Invocation): number {
  return (seconds(invocation, 'timeout') ?? usualTimeoutSeconds) * 1000;
}

async function printOutcomes(action: Action, ends: readonly Ended[], invocation: Invocation): Promise<void> {
  const format = formatOf(invocation);
  if (format === 'table' || format === 'wide') {
    return;
  }
  const targets = ends.flatMap(({ tenant, outcome }) =>
    outcome === null || outcome.targets.length === 0
      ? [
          {
            tenant,
            status: outcome?.status ?? 'unknown',
            message: outcome?.message ?? null,
            before: null,
            after: null,
            health: null,
          },
        ]
      : outcome.targets,
  );
  await printOne(invocation, {
    kind: 'Outcome',
    fields: {
      operation: ends.find(({ operation }) => operation !== null)?.operation ?? null,
      operations: ends.flatMap(({ operation }) => operation ?? []),
      action: action.name,
      status:
        ends.length === 1
          ? (ends[0]?.outcome?.status ?? 'unknown')
          : exitOfAll(ends.map(({ exit }) => exit)) === exitCodes.ok
            ? 'ok'
            : 'failed',
      targets,
      startedAt: ends[0]?.outcome?.startedAt ?? null,
      endedAt: ends.at(-1)?.outcome?.endedAt ?? null,
    },
    name: ends.flatMap(({ operation }) => operation ?? []).join('\n'),
    text: () => '',
  });
}
