import { grantNamed, lookAt } from '#actions/access/open.ts';
import { whyFailed } from '#actions/access/why-failed.ts';
import type { Command } from '#grammar/command.ts';
import { exitCodes } from '#text/till-error.ts';
import { printGrant, withAccess } from './accessing/with-access.ts';

export const command: Command = {
  name: 'access show',
  summary: 'Show one grant: what it permits, who decided, how long is left, what outlives it',
  examples: [{ line: 'till access show 01JD… -o json', note: 'with its votes and credentials' }],
  arguments: [{ name: 'GRANT', required: true, summary: 'its id, or the beginning or end of it' }],
  async run(invocation) {
    return await withAccess(invocation, async (desk) => {
      const access = await lookAt(desk);
      const grant = grantNamed(invocation.arguments[0] ?? '', access.state);
      const failure = grant.status === 'failed' ? await whyFailed(grant, desk.ledger) : null;
      await printGrant(grant, access, invocation, failure);
      return exitCodes.ok;
    });
  },
};
