import type { Action } from '#actions/action.ts';
import { chosenBy } from '#actions/chosen.ts';
import type { Estate, Tenant } from '#estate/estate.ts';
import type { Invocation } from '#grammar/command.ts';
import { formatOf, printList, printOne } from '#grammar/output.ts';
import type { JsonObject } from '#ledger/canonical.ts';
import { type ExitCode, exitCodes } from '#text/till-error.ts';
import { withContext } from './with-context.ts';

type Choosing = (known: readonly Tenant[]) => readonly (Tenant | null)[];

/**
 * Who is left when the action has chosen among the chosen. It is asked before anybody's health is: of a thousand tenants a few
 * are owed a backup. Null where it does not choose.
 */
export async function narrowed(
  action: Action,
  params: JsonObject,
  chosenFrom: Choosing,
  estate: Estate,
  invocation: Invocation,
): Promise<readonly string[] | null> {
  if (action.choose === undefined) {
    return null;
  }
  return withContext(estate, invocation, [], async (context) => {
    const before = chosenFrom(context.tenants);
    const after = await chosenBy(action, params, before, context);
    return after === before ? null : after.flatMap((tenant) => tenant?.name ?? []);
  });
}

/** Nobody is owed anything: that is well, and said in the words that somebody, or something, reads. */
export async function printNobody(action: Action, invocation: Invocation): Promise<ExitCode> {
  const format = formatOf(invocation);
  if (format === 'table' || format === 'wide') {
    invocation.io.err(`nobody is owed a ${action.name} now\n`);
  } else if (invocation.given('dry-run')) {
    await printList(invocation, { kind: 'PlanList', columns: [], items: [], name: () => '' });
  } else {
    const none = { operation: null, operations: [], bulk: null, startedAt: null, endedAt: null };
    const fields = { ...none, action: action.name, status: 'ok', targets: [] };
    await printOne(invocation, { kind: 'Outcome', fields, name: '', text: () => '' });
  }
  return exitCodes.ok;
}
