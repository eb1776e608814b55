import { activate } from '#actions/access/deeds.ts';
import type { Command } from '#grammar/command.ts';
import { spanWords } from '#policy/access/line.ts';
import { exitCodes } from '#text/till-error.ts';
import { tellGrant, withAccess } from './accessing/with-access.ts';

export const command: Command = {
  name: 'access activate',
  summary: 'Start the clock of an approved grant',
  examples: [{ line: 'till access activate 01JD…', note: 'from now on, for as long as was asked' }],
  arguments: [{ name: 'GRANT', required: true, summary: 'its id, or the beginning or end of it' }],
  exits: [{ code: exitCodes.refused, when: 'not approved (any more), too early, or locked' }],
  async run(invocation) {
    return await withAccess(invocation, async (desk) => {
      const grant = await activate(invocation.arguments[0] ?? '', desk);
      const { seconds, expiresAt, actions, tenants } = grant;
      await tellGrant(
        grant,
        desk,
        invocation,
        `active for ${spanWords(seconds)}, until ${expiresAt}: ${actions.join(', ')} on ${tenants.length} ${tenants.length === 1 ? 'tenant' : 'tenants'}`,
        `till access end ${grant.grant} ends it before`,
      );
      return exitCodes.ok;
    });
  },
};
