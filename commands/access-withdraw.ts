import { say } from '#actions/access/deeds.ts';
import type { Command } from '#grammar/command.ts';
import { exitCodes } from '#text/till-error.ts';
import { needlessYes } from './accessing/agreed.ts';
import { tellGrant, withAccess } from './accessing/with-access.ts';

export const command: Command = {
  name: 'access withdraw',
  summary: 'Take back what you asked for before it is active',
  examples: [{ line: 'till access withdraw 01JD…', note: 'nobody has to decide it any more' }],
  arguments: [{ name: 'GRANT', required: true, summary: 'its id, or the beginning or end of it' }],
  flags: [{ name: 'reason', value: 'TEXT', summary: 'why; it is recorded', environment: false }, needlessYes],
  exits: [{ code: exitCodes.refused, when: 'it is not yours, or it is active or over' }],
  async run(invocation) {
    return await withAccess(invocation, async (desk) => {
      const reason = invocation.value('reason') ?? null;
      const grant = await say('withdraw', invocation.arguments[0] ?? '', { reason }, desk);
      await tellGrant(grant, desk, invocation, `withdrawn`);
      return exitCodes.ok;
    });
  },
};
