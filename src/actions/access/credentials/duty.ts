import { hash } from 'node:crypto';
import { canonical, type JsonObject } from '#ledger/canonical.ts';
import type { Ledger, Refusal, Unless } from '#ledger/ledger.ts';
import type { LedgerState, OpenOperation } from '#ledger/state.ts';
import type { Operation } from '#systems/operation.ts';
import { WriteFailure } from '#systems/write-failure.ts';
import { clean } from '#text/clean.ts';
import { licence } from '../../licence.ts';

/** What keeps grants true: done by the agent, or by a console, each as an operation of its own on the one path. */
export const dutyActions = ['access-mint', 'access-end', 'access-sweep', 'access-freeze'] as const;
export type DutyAction = (typeof dutyActions)[number];

export function isDuty(action: string): boolean {
  return dutyActions.some((known) => known === action);
}

export interface Duty {
  readonly action: DutyAction;
  /** What it is done for: with the action it says which duty this is, whoever begins it. */
  readonly subject: JsonObject;
  /** Named in steps and outcome; a duty uses no grant itself. */
  readonly grant: string | null;
  readonly reason: string;
  readonly unless?: Unless;
}

export type DutyEnd =
  | {
      readonly status: 'ok' | 'failed' | 'unknown';
      readonly operation: string;
      readonly message: string;
      /** A system has said no, or something that it needs is missing: to ask again changes nothing. */
      readonly isRefusal: boolean;
    }
  | { readonly status: 'refused'; readonly refusal: Refusal }
  /** Another process is at it. */
  | { readonly status: 'busy'; readonly message: string };

/** Records a step as begun, takes it, and records how it ended. */
export type TakeStep = <T>(name: string, run: (operation: Operation) => Promise<T>) => Promise<T>;

/**
 * Steps 5 to 8 of the one path (design §4) for a duty. One that was begun and whose process died is taken over, under the
 * same operation id, and done again from its first step: every step may be repeated. So whatever dies where, the next run ends in the
 * same place, and the ledger names one operation for it.
 */
export async function asDuty(
  ledger: Ledger,
  duty: Duty,
  signal: AbortSignal,
  work: (step: TakeStep) => Promise<string>,
): Promise<DutyEnd> {
  const begun = await beginOrResume(ledger, duty);
  if (typeof begun !== 'string') {
    return begun;
  }
  const operation = begun;
  using lease = await ledger.takeOver(operation);
  const stop = AbortSignal.any([signal, lease.lost]);
  let index = 0;
  const step: TakeStep = async (name, run) => {
    stop.throwIfAborted();
    const params = { step: name, index, of: index + 1 };
    await ledger.append({ kind: 'operation', phase: 'step', operation, grant: duty.grant, params });
    const result = await run(licence(operation, duty.action));
    const outcome = { status: 'ok' } as const;
    await ledger.append({ kind: 'operation', phase: 'step', operation, grant: duty.grant, params, outcome });
    index += 1;
    return result;
  };
  const end = await work(step).then(
    (message) => ({ status: 'ok' as const, message, isRefusal: false }),
    (error: unknown) => failed(error, stop),
  );
  if (end === null) {
    // Whoever leads now takes it over; to write its end here would say more than is known.
    return { status: 'busy', message: 'somebody else has taken it over' };
  }
  await ledger.append({
    kind: 'operation',
    phase: 'outcome',
    operation,
    grant: duty.grant,
    outcome: { status: end.status, message: end.message },
  });
  return { ...end, operation };
}

function failed(
  error: unknown,
  stop: AbortSignal,
): { status: 'failed' | 'unknown'; message: string; isRefusal: boolean } | null {
  if (stop.aborted) {
    return null;
  }
  const message = clean(error instanceof Error ? error.message : String(error));
  const isUnknown = error instanceof WriteFailure && error.certainty === 'unknown';
  return { status: isUnknown ? 'unknown' : 'failed', message, isRefusal: isRefusal(error) };
}

/** A name that could not be found and a connection that was not taken are none; nor is a server that is asked too much. */
const passing = /^(?:E[A-Z_]+|UND_[A-Z_]+|429|53\w{3}|57P0\d)$/u;

function isRefusal(error: unknown): boolean {
  return error instanceof WriteFailure && error.certainty === 'refused' && !passing.test(error.code ?? '');
}

/** The operation of this duty that has not ended yet, whoever runs it. */
export function openDuty(
  { operations }: Pick<LedgerState, 'operations'>,
  duty: Pick<Duty, 'action' | 'subject'>,
): OpenOperation | null {
  const digest = digestOf(duty);
  return [...operations.values()].find((known) => known.action === duty.action && known.digest === digest) ?? null;
}

function digestOf({ action, subject }: Pick<Duty, 'action' | 'subject'>): string {
  return hash('sha256', canonical({ action, subject })).slice(0, 16);
}

async function beginOrResume(ledger: Ledger, duty: Duty): Promise<string | DutyEnd> {
  const open = openDuty(await ledger.state(), duty);
  if (open !== null) {
    const lapsed = await ledger.lapsed();
    return lapsed.some(({ operation }) => operation === open.operation)
      ? open.operation
      : { status: 'busy', message: `operation ${open.operation} is at it` };
  }
  const digest = digestOf(duty);
  const operation = ledger.newId();
  const appended = await ledger.append(
    {
      kind: 'operation',
      phase: 'intent',
      operation,
      action: duty.action,
      params: duty.subject,
      plan: { digest, danger: 'mild', undo: null, health: null },
      reason: duty.reason,
    },
    duty.unless === undefined ? {} : { unless: duty.unless },
  );
  return appended.status === 'refused' ? { status: 'refused', refusal: appended.refusal } : operation;
}
