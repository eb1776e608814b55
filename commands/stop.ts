import { ledgerFolder, openLedger } from '#actions/context.ts';
import { operationNamed } from '#actions/find-operation.ts';
import { askToStop } from '#actions/line-to-watchers.ts';
import { reconcile } from '#actions/reconcile.ts';
import type { Command } from '#grammar/command.ts';
import { exitCodes } from '#text/till-error.ts';
import { withContext } from './acting/with-context.ts';

export const command: Command = {
  name: 'stop',
  summary: 'Ask a running operation to end between two steps',
  group: 'act',
  examples: [{ line: 'till stop 01JD…', note: 'what it has done stays done, and is recorded' }],
  arguments: [{ name: 'OPERATION', required: true, summary: 'its id, or the beginning of it' }],
  async run(invocation) {
    const { io } = invocation;
    const estate = await invocation.estate();
    const ledger = openLedger(estate, io.clock, io.env);
    try {
      const operation = await operationNamed(invocation.arguments[0] ?? '', ledger);
      if (!(await ledger.state()).operations.has(operation)) {
        io.err(`operation ${operation} has ended already\n`);
        return exitCodes.ok;
      }
      await askToStop(operation, ledger, ledgerFolder(estate, io.env));
      const isWaiting = ledger.wire?.of(operation)?.hasBegun === false;
      if (isWaiting) {
        // Nobody has begun it, so nobody would hear: it is ended here, and its Job taken away.
        const [end] = await withContext(estate, invocation, [], (context) => reconcile(context, operation));
        if (end !== undefined) {
          io.err(`operation ${operation}: ${end.status}, ${end.message}\n`);
          return exitCodes.ok;
        }
      }
      io.err(`operation ${operation} is asked to stop; till wait ${operation} says how it ended\n`);
      return exitCodes.ok;
    } finally {
      await ledger.close();
    }
  },
};
