import { openLedger } from '#actions/context.ts';
import type { Command } from '#grammar/command.ts';
import { usageError } from '#grammar/usage-error.ts';
import { exitCodes } from '#text/till-error.ts';

export const command: Command = {
  name: 'ledger acknowledge',
  summary: 'Go on with a ledger that does not hold, and record what did not',
  examples: [
    {
      line: 'till ledger acknowledge --reason "disk restored from Monday"',
      note: 'after till audit verify --chain has said what is wrong',
    },
  ],
  flags: [{ name: 'reason', value: 'TEXT', summary: 'why it does not hold, as far as you know', environment: false }],
  async run(invocation) {
    const { io } = invocation;
    const reason = invocation.value('reason');
    if (reason === undefined) {
      throw usageError('going on with a ledger that does not hold needs a reason', command, '--reason "why"');
    }
    const ledger = openLedger(await invocation.estate(), io.clock, io.env);
    try {
      const { seq } = await ledger.acknowledge(reason);
      io.out(`acknowledged as entry ${seq}; till audit verify --chain names it from now on\n`);
      return exitCodes.ok;
    } finally {
      await ledger.close();
    }
  },
};
