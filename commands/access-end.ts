import { say } from '#actions/access/deeds.ts';
import type { Command } from '#grammar/command.ts';
import { exitCodes } from '#text/till-error.ts';
import { needlessYes } from './accessing/agreed.ts';
import { endedHere } from './accessing/minted.ts';
import { tellGrant, withAccess } from './accessing/with-access.ts';

export const command: Command = {
  name: 'access end',
  summary: 'End your own grant before its time',
  examples: [{ line: 'till access end 01JD…', note: 'what you may do shrinks at once' }],
  arguments: [{ name: 'GRANT', required: true, summary: 'its id, or the beginning or end of it' }],
  flags: [{ name: 'reason', value: 'TEXT', summary: 'why; it is recorded', environment: false }, needlessYes],
  exits: [{ code: exitCodes.refused, when: 'it is not yours, or it is not active' }],
  async run(invocation) {
    return await withAccess(invocation, async (desk) => {
      const reason = invocation.value('reason') ?? null;
      const grant = await say('end', invocation.arguments[0] ?? '', { reason }, desk);
      await endedHere(grant.grant, desk, invocation);
      await tellGrant(grant, desk, invocation, `ended`);
      return exitCodes.ok;
    });
  },
};
