import { lockPerson } from '#actions/access/locks.ts';
import type { Command } from '#grammar/command.ts';
import { seconds } from '#grammar/seconds.ts';
import { usageError } from '#grammar/usage-error.ts';
import { exitCodes } from '#text/till-error.ts';
import { needlessYes } from './accessing/agreed.ts';
import { withAccess } from './accessing/with-access.ts';

export const command: Command = {
  name: 'access lock',
  summary: 'Hold a person or a service at once: none of their grants works until it is taken off',
  examples: [{ line: 'till access lock bob --reason "laptop stolen"', note: 'everything that bob may do ends now' }],
  arguments: [{ name: 'PERSON', required: true, summary: 'by the name in `people:`' }],
  flags: [
    { name: 'reason', value: 'TEXT', summary: 'why; it is recorded', environment: false },
    {
      name: 'for',
      value: 'DURATION',
      summary: 'it ends by itself; until it is taken off when left out',
      environment: false,
    },
    needlessYes,
  ],
  async run(invocation) {
    const [person = ''] = invocation.arguments;
    const reason = invocation.value('reason');
    if (reason === undefined) {
      throw usageError('a lock needs a reason', command, '--reason "why"');
    }
    return await withAccess(invocation, async (desk) => {
      const { lock, until } = await lockPerson(person, { reason, seconds: seconds(invocation, 'for') }, desk);
      invocation.io.out(`● ${person} is locked${until === null ? '' : ` until ${until}`}: lock ${lock}\n`);
      return exitCodes.ok;
    });
  },
};
