import { approve, groupFor } from '#actions/access/deeds.ts';
import { grantFields } from '#actions/access/grant-fields.ts';
import { grantNamed, lookAt, standingOfGrant } from '#actions/access/open.ts';
import type { Command } from '#grammar/command.ts';
import { paintOf } from '#grammar/output.ts';
import { needsWords } from '#policy/access/needs-words.ts';
import { exitCodes } from '#text/till-error.ts';
import { agreeFlags, isAgreedTo } from './accessing/agreed.ts';
import { grantText } from './accessing/grant-text.ts';
import { mintedHere } from './accessing/minted.ts';
import { tellGrant, withAccess } from './accessing/with-access.ts';

export const command: Command = {
  name: 'access approve',
  summary: 'Let somebody else have what they ask for, after seeing exactly what that is',
  examples: [
    { line: 'till access approve 01JD…', note: 'shows what it permits, and asks' },
    { line: 'till access approve 01JD… --as sre --comment "seen the graphs"', note: 'for one group of several' },
  ],
  arguments: [{ name: 'GRANT', required: true, summary: 'its id, or the beginning or end of it' }],
  flags: [
    { name: 'as', value: 'GROUP', summary: 'the group it counts for; the first that is missing when left out' },
    { name: 'comment', value: 'TEXT', summary: 'why; it is recorded', environment: false },
    ...agreeFlags,
  ],
  exits: [
    { code: exitCodes.refused, when: 'it is yours, you are not among those who decide it, or it waits for nobody' },
    { code: exitCodes.confirmationMissing, when: 'not confirmed' },
  ],
  async run(invocation) {
    return await withAccess(invocation, async (desk) => {
      const access = await lookAt(desk);
      const grant = grantNamed(invocation.arguments[0] ?? '', access.state);
      const group = groupFor(grant, invocation.value('as') ?? null, access);
      const shown = grantText(grantFields(grant, access), paintOf(invocation));
      if (!(await isAgreedTo(`the approval of ${grant.grant}`, shown, invocation))) {
        return exitCodes.confirmationMissing;
      }
      const approved = await approve(grant, { group, comment: invocation.value('comment') ?? null }, desk);
      const { missing } = standingOfGrant(approved, await lookAt(desk));
      const minted = missing.length === 0 ? await mintedHere(approved.grant, desk, invocation) : null;
      await tellGrant(
        approved,
        desk,
        invocation,
        missing.length === 0
          ? (minted ?? `approved for ${group}: ${approved.subject} may activate it`)
          : `approved for ${group}: it still waits for ${needsWords(missing)}`,
      );
      return exitCodes.ok;
    });
  },
};
