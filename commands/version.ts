import type { Command } from '#grammar/command.ts';
import { exitCodes } from '#text/till-error.ts';
import { version } from '#text/version.ts';

export const command: Command = {
  name: 'version',
  summary: 'Print the version of till and of the Node that runs it',
  examples: [{ line: 'till version -o json', note: 'for a bug report or a script' }],
  flags: [{ name: 'output', short: 'o', value: 'FORMAT', summary: 'json or yaml', completion: ['json', 'yaml'] }],
  async run({ io, value }) {
    if (value('output') === 'json') {
      io.out(`${JSON.stringify({ apiVersion: 'till/v1', kind: 'Version', version, node: process.versions.node })}\n`);
    } else {
      io.out(`till ${version} (Node ${process.versions.node})\n`);
    }
    return exitCodes.ok;
  },
};
