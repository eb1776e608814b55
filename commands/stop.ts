import { writeFile } from 'node:fs/promises';
import { ledgerFolder, openLedger } from '#actions/context.ts';
import { operationNamed } from '#actions/find-operation.ts';
import { stopPath } from '#actions/operate.ts';
import type { Command } from '#grammar/command.ts';
import { exitCodes } from '#text/till-error.ts';

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
      await writeFile(stopPath(ledgerFolder(estate, io.env), operation), '', { mode: 0o600 });
      io.err(`operation ${operation} is asked to stop; till wait ${operation} says how it ended\n`);
      return exitCodes.ok;
    } finally {
      await ledger.close();
    }
  },
};
