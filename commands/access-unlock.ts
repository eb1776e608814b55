import { unlockPerson } from '#actions/access/locks.ts';
import type { Command } from '#grammar/command.ts';
import { exitCodes } from '#text/till-error.ts';
import { needlessYes } from './accessing/agreed.ts';
import { withAccess } from './accessing/with-access.ts';

export const command: Command = {
  name: 'access unlock',
  summary: 'Take the locks off a person or a service; never by themselves',
  examples: [{ line: 'till access unlock bob --reason "laptop found"', note: 'grants that have not ended work again' }],
  arguments: [{ name: 'PERSON', required: true, summary: 'by the name in `people:`' }],
  flags: [{ name: 'reason', value: 'TEXT', summary: 'why; it is recorded', environment: false }, needlessYes],
  async run(invocation) {
    const [person = ''] = invocation.arguments;
    return await withAccess(invocation, async (desk) => {
      const taken = await unlockPerson(person, invocation.value('reason') ?? null, desk);
      invocation.io.out(`● ${person} is not locked any more (${taken.map(({ lock }) => lock).join(', ')})\n`);
      return exitCodes.ok;
    });
  },
};
