import { ownKey } from '#actions/access/credentials/own-key.ts';
import type { Command } from '#grammar/command.ts';
import { printOne } from '#grammar/output.ts';
import { stateHome } from '#health/state-folder.ts';
import { exitCodes } from '#text/till-error.ts';

export const command: Command = {
  name: 'access key',
  summary: 'Print the public key that credentials are sealed to for you on this machine; made at the first ask',
  examples: [{ line: 'till access key', note: 'goes into the estate, as `key:` of yourself under `people:`' }],
  async run(invocation) {
    const estate = await invocation.estate();
    const folder = stateHome(estate.id, invocation.io.env);
    const { publicKey } = ownKey(folder);
    await printOne(invocation, {
      kind: 'AccessKey',
      fields: { publicKey },
      name: publicKey,
      text: () => `${publicKey}\n`,
    });
    return exitCodes.ok;
  },
};
