import { say } from '#actions/access/deeds.ts';
import type { Command } from '#grammar/command.ts';
import { exitCodes } from '#text/till-error.ts';
import { needlessYes } from './accessing/agreed.ts';
import { endedHere } from './accessing/minted.ts';
import { tellGrant, withAccess } from './accessing/with-access.ts';

export const command: Command = {
  name: 'access revoke',
  summary: 'Take a grant away from anybody, at once',
  examples: [
    { line: 'till access revoke 01JD… --reason "host may be compromised"', note: 'open to everybody who is known' },
  ],
  arguments: [{ name: 'GRANT', required: true, summary: 'its id, or the beginning or end of it' }],
  flags: [{ name: 'reason', value: 'TEXT', summary: 'why; it is recorded', environment: false }, needlessYes],
  exits: [{ code: exitCodes.refused, when: 'it is over already' }],
  async run(invocation) {
    return await withAccess(invocation, async (desk) => {
      const reason = invocation.value('reason') ?? null;
      const grant = await say('revoke', invocation.arguments[0] ?? '', { reason }, desk);
      await endedHere(grant.grant, desk, invocation);
      await tellGrant(grant, desk, invocation, `revoked: ${grant.subject} may do nothing under it from now on`);
      return exitCodes.ok;
    });
  },
};
