import { review } from '#actions/access/deeds.ts';
import type { Command } from '#grammar/command.ts';
import { usageError } from '#grammar/usage-error.ts';
import { exitCodes } from '#text/till-error.ts';
import { tellGrant, withAccess } from './accessing/with-access.ts';

const verdicts = ['justified', 'not-justified'] as const;

export const command: Command = {
  name: 'access review',
  summary: 'Say of break-glass that somebody else used whether it was justified; that closes it',
  examples: [
    {
      line: 'till access review 01JD… --verdict justified --note "tills were down, leads asleep"',
      note: 'never by whoever broke the glass',
    },
  ],
  arguments: [{ name: 'GRANT', required: true, summary: 'its id, or the beginning or end of it' }],
  flags: [
    { name: 'verdict', value: 'VERDICT', summary: verdicts.join(' or '), completion: verdicts, environment: false },
    { name: 'note', value: 'TEXT', summary: 'what was looked at; it is recorded', environment: false },
  ],
  exits: [{ code: exitCodes.refused, when: 'it is yours, you are not a reviewer, or it waits for no review' }],
  async run(invocation) {
    const verdict = verdicts.find((one) => one === invocation.value('verdict'));
    const note = invocation.value('note');
    if (verdict === undefined || note === undefined) {
      throw usageError(
        'a review needs a verdict and a note',
        command,
        '--verdict justified --note "what you looked at"',
      );
    }
    return await withAccess(invocation, async (desk) => {
      const grant = await review(invocation.arguments[0] ?? '', { verdict, note }, desk);
      await tellGrant(grant, desk, invocation, `reviewed: ${verdict}`);
      return exitCodes.ok;
    });
  },
};
