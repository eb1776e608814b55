import { openLedger } from '#actions/context.ts';
import { actionNamed } from '#actions/find-action.ts';
import { operationNamed } from '#actions/find-operation.ts';
import { actingFlags } from '#grammar/acting.ts';
import type { Command } from '#grammar/command.ts';
import type { JsonObject } from '#ledger/canonical.ts';
import type { LedgerEntry } from '#ledger/entry.ts';
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
    const intent = await first(ledger.newest({ operation, phase: 'intent', limit: 1 }));
    const undo = intent?.plan?.undo as { readonly action: string; readonly params: JsonObject } | null | undefined;
    await ledger.close();
    if (intent === null || undo === null || undo === undefined) {
      throw new TillError('there is no way back from it that till knows', {
        exit: exitCodes.refused,
        reason: 'no-undo',
        target: operation,
        operation,
      });
    }
    const action = await actionNamed(undo.action);
    const names = intent.target?.tenants ?? [];
    const acted = intent.plan?.objects.find((object) => object.tenant !== null)?.tenant ?? names[0];
    return await withContext(estate, invocation, names, async (context) => {
      const tenant = context.tenants.filter(({ name }) => name === acted);
      return await performAll(action, undo.params, tenant, context, invocation, {
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

async function first(entries: AsyncIterable<LedgerEntry>): Promise<LedgerEntry | null> {
  for await (const entry of entries) {
    return entry;
  }
  return null;
}
