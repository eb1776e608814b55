import { openLedger } from '#actions/context.ts';
import { actionNamed } from '#actions/find-action.ts';
import { operationNamed } from '#actions/find-operation.ts';
import { wayBack } from '#actions/way-back.ts';
import { actingFlags } from '#grammar/acting.ts';
import type { Command } from '#grammar/command.ts';
import type { Ledger } from '#ledger/ledger.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import { performAll } from './acting/perform-all.ts';
import { withContext } from './acting/with-context.ts';

export const command: Command = {
  name: 'undo',
  summary: 'Take back an operation, while the world is still as it left it',
  group: 'act',
  examples: [
    { line: 'till undo --reason "wrong tenant"', note: 'the last one that went well' },
    { line: 'till undo 01JD… --dry-run', note: 'what that would change' },
  ],
  arguments: [{ name: 'OPERATION', summary: 'its id, or the beginning of it; the last one when left out' }],
  flags: actingFlags,
  async run(invocation) {
    const { io } = invocation;
    const estate = await invocation.estate();
    const ledger = openLedger(estate, io.clock, io.env);
    const [beginning] = invocation.arguments;
    const operation = beginning === undefined ? await lastDone(ledger) : await operationNamed(beginning, ledger);
    const { undo, intent, tenant } = await wayBack(operation, ledger);
    await ledger.close();
    const action = await actionNamed(undo.action);
    return await withContext(estate, invocation, intent.target?.tenants ?? [], async (context) => {
      const on = action.target === 'estate' ? [null] : context.tenants.filter(({ name }) => name === tenant);
      return await performAll(action, undo.params, on, context, invocation, {
        mustStandAs: intent.plan?.changes ?? [],
      });
    });
  },
};

async function lastDone(ledger: Ledger): Promise<string> {
  for await (const entry of ledger.newest({ kind: 'operation', phase: 'outcome' })) {
    if (entry.outcome?.status === 'ok' && entry.operation !== null) {
      return entry.operation;
    }
  }
  throw new TillError('nothing has been done yet that could be undone', {
    exit: exitCodes.usage,
    reason: 'nothing-to-undo',
  });
}
