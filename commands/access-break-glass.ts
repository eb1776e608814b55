import { breakGlass, listenersOf } from '#actions/access/break-glass.ts';
import { lookAt } from '#actions/access/open.ts';
import { secretsOf } from '#actions/context.ts';
import type { Command } from '#grammar/command.ts';
import { exitCodes } from '#text/till-error.ts';
import { agreeFlags, isAgreedTo } from './accessing/agreed.ts';
import { wishFlags, wishOf } from './accessing/wished.ts';
import { keyHere, printGrant, withAccess } from './accessing/with-access.ts';

export const command: Command = {
  name: 'access break-glass',
  summary: 'Take access without approval, for a short time and loudly; somebody else reviews it afterwards',
  examples: [
    {
      line: 'till access break-glass --for 15m --tenants maple-toys --actions restart --reason "tills down, nobody answers"',
      note: 'it is told to all who were skipped, and stays on screen until it is reviewed',
    },
  ],
  flags: [...wishFlags, ...agreeFlags],
  exits: [
    { code: exitCodes.refused, when: 'the policy lets you break no glass, or not for so long' },
    { code: exitCodes.confirmationMissing, when: 'not confirmed' },
  ],
  async run(invocation) {
    const { io } = invocation;
    return await withAccess(invocation, async (desk) => {
      const { seconds, tenants, actions, reason, ticket, incident } = await wishOf(invocation, command, desk.estate);
      const shown = `break-glass: ${actions.join(', ')} on ${tenants.join(', ')}, approved by nobody, told to everybody, reviewed by somebody else\n`;
      if (!(await isAgreedTo('break-glass', shown, invocation))) {
        return exitCodes.confirmationMissing;
      }
      const { grant, told, failed } = await breakGlass(
        { seconds, tenants, actions, reason, ticket, incident, key: keyHere(desk.estate, io.env) },
        listenersOf(desk.estate, secretsOf(desk.estate, io.clock, io.env)),
        desk,
      );
      io.err(told.length === 0 ? '' : `told: ${told.join(', ')}\n`);
      for (const { to, why } of failed) {
        io.err(`▲ ${to} could not be told: ${why}; that is recorded\n`);
      }
      await printGrant(grant, await lookAt(desk), invocation);
      return exitCodes.ok;
    });
  },
};
