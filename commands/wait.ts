import { awaitOperation, exitOfOutcome } from '#actions/await-operation.ts';
import { ledgerFolder, openLedger } from '#actions/context.ts';
import { openEyes } from '#actions/executor/open-eyes.ts';
import { operationNamed } from '#actions/find-operation.ts';
import { progressLines } from '#actions/how-far-words.ts';
import type { ProgressEvent } from '#actions/progress.ts';
import type { Command } from '#grammar/command.ts';
import { printOne } from '#grammar/output.ts';
import { seconds } from '#grammar/seconds.ts';
import { exitCodes } from '#text/till-error.ts';
import { withContext } from './acting/with-context.ts';

export const command: Command = {
  name: 'wait',
  summary: 'Wait until an operation has ended, from any terminal of this user',
  group: 'act',
  examples: [{ line: 'till wait 01JD… --timeout 5m', note: 'exit 0 when it went well, 6 when it still runs' }],
  arguments: [{ name: 'OPERATION', required: true, summary: 'its id, or the beginning of it' }],
  flags: [{ name: 'timeout', value: 'DURATION', summary: 'give up waiting after this long; the operation goes on' }],
  exits: [{ code: exitCodes.timedOut, when: 'it still runs' }],
  async run(invocation) {
    const { io } = invocation;
    const estate = await invocation.estate();
    const ledger = openLedger(estate, io.clock, io.env);
    const { eyes, close } = openEyes(estate, io.clock, io.env);
    try {
      const operation = await operationNamed(invocation.arguments[0] ?? '', ledger);
      const limit = seconds(invocation, 'timeout');
      const line = progressLines();
      const watch = {
        ledger,
        ledgerFolder: ledgerFolder(estate, io.env),
        timeoutMs: limit === null ? null : limit * 1000,
        now: () => io.clock.monotonic(),
        signal: io.signal,
        eyes,
        onProgress: (event: ProgressEvent) => io.err(`  ${line(event)}\n`),
      };
      let awaited = await awaitOperation(operation, watch);
      while (awaited.hasDied) {
        // Opening what acting needs ends what dead processes left open.
        await withContext(estate, invocation, [], async () => undefined);
        awaited = await awaitOperation(operation, watch);
      }
      const { outcome, entry } = awaited;
      if (outcome === null) {
        io.err(`operation ${operation} still runs\n`);
        return exitCodes.timedOut;
      }
      await printOne(invocation, {
        kind: 'Outcome',
        fields: {
          operation,
          action: entry?.action ?? null,
          status: outcome.status,
          targets: outcome.targets,
          startedAt: outcome.startedAt,
          endedAt: outcome.endedAt,
        },
        name: operation,
        text: () => `${operation} ${outcome.status}${outcome.message === null ? '' : `, ${outcome.message}`}\n`,
      });
      return exitOfOutcome(outcome);
    } finally {
      await close();
      await ledger.close();
    }
  },
};
