import type { Command } from '#grammar/command.ts';
import { printOne } from '#grammar/output.ts';
import { exitCodes } from '#text/till-error.ts';
import { version } from '#text/version.ts';

export const command: Command = {
  name: 'version',
  summary: 'Print the version of till and of the Node that runs it',
  group: 'machine',
  examples: [{ line: 'till version -o json', note: 'for a bug report or a script' }],
  async run(invocation) {
    const node = process.versions.node;
    await printOne(invocation, {
      kind: 'Version',
      fields: { version, node },
      name: version,
      text: () => `till ${version} (Node ${node})\n`,
    });
    return exitCodes.ok;
  },
};
