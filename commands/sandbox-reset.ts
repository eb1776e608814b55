import type { Command } from '#grammar/command.ts';
import { resetSandbox } from '#sandbox/daemon/client.ts';
import { exitCodes } from '#text/till-error.ts';

export const command: Command = {
  name: 'sandbox reset',
  summary: 'End every scenario and put the cluster back as it began',
  examples: [{ line: 'till sandbox reset', note: 'after a rehearsal' }],
  async run({ io }) {
    await resetSandbox(io.env);
    io.err('every scenario has ended, and the cluster is as it began\n');
    return exitCodes.ok;
  },
};
