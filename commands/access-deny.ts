import { say } from '#actions/access/deeds.ts';
import type { Command } from '#grammar/command.ts';
import { exitCodes } from '#text/till-error.ts';
import { tellGrant, withAccess } from './accessing/with-access.ts';

export const command: Command = {
  name: 'access deny',
  summary: 'Refuse what somebody asks for; that ends the request',
  examples: [{ line: 'till access deny 01JD… --reason "not in peak hours"', note: 'one no is enough' }],
  arguments: [{ name: 'GRANT', required: true, summary: 'its id, or the beginning or end of it' }],
  flags: [{ name: 'reason', value: 'TEXT', summary: 'why; it is recorded', environment: false }],
  exits: [{ code: exitCodes.refused, when: 'it is yours, or you are not among those who decide it' }],
  async run(invocation) {
    return await withAccess(invocation, async (desk) => {
      const reason = invocation.value('reason') ?? null;
      const grant = await say('deny', invocation.arguments[0] ?? '', { reason }, desk);
      await tellGrant(grant, desk, invocation, `denied: ${grant.subject} may ask again`);
      return exitCodes.ok;
    });
  },
};
