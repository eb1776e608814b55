import type { Action } from '#actions/action.ts';
import { exitOfAll, exitOfOutcome } from '#actions/await-operation.ts';
import type { End } from '#actions/perform-plan.ts';
import type { Plan } from '#actions/plan.ts';
import type { Invocation } from '#grammar/command.ts';
import { formatOf, printOne } from '#grammar/output.ts';
import type { RecordedOutcome } from '#ledger/entry.ts';
import { type ExitCode, exitCodes } from '#text/till-error.ts';

export interface Performed {
  readonly plan: Plan;
  /** null: never begun. */
  readonly end: End | null;
}

/** What they amount to for a script (design §9). What was skipped is neither well nor why it was not. */
export function exitOfEnds(performed: readonly Performed[]): ExitCode {
  const codes = performed.flatMap(({ end }) => (end === null ? [] : exitOfEnd(end)));
  const wereSkipped = codes.length < performed.length;
  return wereSkipped && codes.some((code) => code === exitCodes.ok) ? exitCodes.partial : exitOfAll(codes);
}

function exitOfEnd(end: End): ExitCode {
  switch (end.status) {
    case 'refused':
      // What is missing is the caller's to give; everything else is somebody's no (design §9).
      return end.refusal.reason === 'reason-missing' ? exitCodes.usage : exitCodes.refused;
    case 'running':
      return end.isAwaited ? exitCodes.timedOut : exitCodes.ok;
    case 'ended':
      return exitOfOutcome(end.outcome);
  }
}

type Target = RecordedOutcome['targets'][number];

/** A line of the outcome for everybody that a plan touches, whatever came of it. */
function targetsOf({ plan, end }: Performed): readonly (Omit<Target, 'status'> & { readonly status: string })[] {
  const told = end?.status === 'ended' ? end.outcome.targets : [];
  if (told.length > 0) {
    return told;
  }
  const nothing = { before: null, after: null, health: null };
  const tenants = plan.tenants.length === 0 ? [null] : plan.tenants;
  return tenants.map((tenant) => ({ tenant, ...wordsOf(end), ...nothing }));
}

function wordsOf(end: End | null): { readonly status: string; readonly message: string | null } {
  switch (end?.status) {
    case undefined:
      return { status: 'skipped', message: skipped };
    case 'refused':
      return { status: 'refused', message: end.refusal.message };
    case 'running':
      return { status: 'unknown', message: `it runs; till wait ${end.operation}` };
    case 'ended':
      return { status: end.outcome.status, message: end.outcome.message };
  }
}

const skipped = 'never begun, because another one did not go well; --keep-going goes on';

function statusOf(performed: readonly Performed[]): string {
  const [first, ...others] = performed.map(({ end }) => wordsOf(end).status);
  return first !== undefined && others.every((status) => status === first) ? first : 'failed';
}

/** JSON kind `Outcome` on stdout; a person was told on stderr as it went, and is now told of those never begun. */
export async function printEnds(
  action: Action,
  performed: readonly Performed[],
  bulk: string | null,
  invocation: Invocation,
): Promise<void> {
  const left = performed.flatMap(({ plan, end }) => (end === null ? plan.tenants : []));
  if (left.length > 0) {
    invocation.io.err(`– skipped: ${left.join(', ')}\n  ${skipped}\n`);
  }
  const format = formatOf(invocation);
  if (format === 'table' || format === 'wide') {
    return;
  }
  const operations = performed.flatMap(({ end }) => end?.operation ?? []);
  const spans = performed.flatMap(({ end }) => (end?.status === 'ended' ? [end.outcome] : []));
  await printOne(invocation, {
    kind: 'Outcome',
    fields: {
      operation: operations[0] ?? null,
      operations,
      bulk,
      action: action.name,
      status: statusOf(performed),
      targets: performed.flatMap(targetsOf),
      startedAt: spans[0]?.startedAt ?? null,
      endedAt: spans.at(-1)?.endedAt ?? null,
    },
    name: operations.join('\n'),
    text: () => '',
  });
}
