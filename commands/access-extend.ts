import { activate } from '#actions/access/deeds.ts';
import { lookAt, standingOfGrant } from '#actions/access/open.ts';
import { askForMore } from '#actions/access/request.ts';
import type { Command } from '#grammar/command.ts';
import { seconds } from '#grammar/seconds.ts';
import { usageError } from '#grammar/usage-error.ts';
import { exitCodes } from '#text/till-error.ts';
import { printGrant, withAccess } from './accessing/with-access.ts';

export const command: Command = {
  name: 'access extend',
  summary: 'Ask for a new grant that goes on where yours ends; the old one is not touched',
  examples: [
    {
      line: 'till access extend 01JD… --for 30m --reason "still draining"',
      note: 'needs the same approvals as the first',
    },
  ],
  arguments: [{ name: 'GRANT', required: true, summary: 'its id, or the beginning or end of it' }],
  flags: [
    { name: 'for', value: 'DURATION', summary: 'how long, from its own activation', environment: false },
    { name: 'reason', value: 'TEXT', summary: 'why it takes longer', environment: false },
    { name: 'ticket', value: 'ID', summary: 'the ticket that asks for it' },
    { name: 'activate', summary: 'start its clock at once where nobody has to approve', environment: false },
  ],
  async run(invocation) {
    const span = seconds(invocation, 'for');
    const reason = invocation.value('reason');
    if (span === null || reason === undefined) {
      throw usageError('say for how long and why', command, '--for 30m --reason "why"');
    }
    return await withAccess(invocation, async (desk) => {
      const more = { seconds: span, reason, ticket: invocation.value('ticket') ?? null };
      let grant = await askForMore(invocation.arguments[0] ?? '', more, desk);
      const { status, missing } = standingOfGrant(grant, await lookAt(desk));
      if (invocation.given('activate') && status === 'approved' && missing.length === 0) {
        grant = await activate(grant.grant, desk);
      }
      await printGrant(grant, await lookAt(desk), invocation);
      return exitCodes.ok;
    });
  },
};
