import type { Command } from '#grammar/command.ts';
import { endSandbox } from '#sandbox/daemon/client.ts';
import { exitCodes } from '#text/till-error.ts';

export const command: Command = {
  name: 'sandbox down',
  summary: 'End the sandbox and remove its data',
  examples: [{ line: 'till sandbox down', note: 'nothing is left running' }],
  async run({ io }) {
    io.err((await endSandbox(io.env)) ? 'the sandbox has ended\n' : 'no sandbox was up\n');
    return exitCodes.ok;
  },
};
