import { grantFields } from '#actions/access/grant-fields.ts';
import { type AccessState, lookAt } from '#actions/access/open.ts';
import { waitsForMe } from '#actions/access/waiting.ts';
import type { Command, Invocation } from '#grammar/command.ts';
import { formatOf, printList } from '#grammar/output.ts';
import { usageError } from '#grammar/usage-error.ts';
import { awaitsReview, type Grant, statusAt } from '#ledger/access/grant.ts';
import { lockOn } from '#ledger/access/standing.ts';
import { clean } from '#text/clean.ts';
import { exitCodes } from '#text/till-error.ts';
import { grantColumns } from './accessing/grant-text.ts';
import { withAccess } from './accessing/with-access.ts';

const choices = ['waiting-for-me', 'open', 'mine', 'all'] as const;

export const command: Command = {
  name: 'access list',
  summary: 'List grants and requests: what is open, what waits for me, what is mine',
  examples: [
    { line: 'till access list', note: 'open: waiting, approved, active, or to be reviewed' },
    { line: 'till access list --waiting-for-me -o name', note: 'ids that I may approve or have to review' },
  ],
  flags: [
    {
      name: 'waiting-for-me',
      summary: 'those that I may decide, and break-glass that I may review',
      environment: false,
    },
    { name: 'open', summary: 'those that are not over; the usual', environment: false },
    { name: 'mine', summary: 'those that I asked for or may use, over or not', environment: false },
    { name: 'all', summary: "everybody's, over or not", environment: false },
  ],
  async run(invocation) {
    const wanted = chosen(invocation);
    return await withAccess(invocation, async (desk) => {
      const access = await lookAt(desk);
      const grants = [...access.state.grants.values()]
        .filter((grant) => isWanted(grant, wanted, access))
        .toSorted((a, b) => b.seq - a.seq);
      const locks = [...access.state.locks.values()].filter(({ person }) => lockOn(person, access.state, access.now));
      for (const { person, reason, until } of formatOf(invocation) === 'table' ? locks : []) {
        invocation.io.err(
          `${clean(person)} is locked${until === null ? '' : ` until ${until}`}: ${clean(reason ?? '')}\n`,
        );
      }
      await printList(invocation, {
        kind: 'GrantList',
        beside: { locks },
        items: grants.map((grant) => grantFields(grant, access)),
        columns: grantColumns,
        name: ({ grant }) => grant,
        empty: wanted === 'waiting-for-me' ? 'nothing waits for you' : 'there are no such grants',
      });
      return exitCodes.ok;
    });
  },
};

function chosen({ given }: Invocation): (typeof choices)[number] {
  const [first = 'open', second] = choices.filter((choice) => given(choice));
  if (second !== undefined) {
    throw usageError(`--${first} and --${second} contradict each other`, command);
  }
  return first;
}

function isWanted(grant: Grant, wanted: (typeof choices)[number], access: AccessState): boolean {
  switch (wanted) {
    case 'all':
      return true;
    case 'mine':
      return grant.subject === access.who.name || grant.requester === access.who.name;
    case 'waiting-for-me':
      return waitsForMe(grant, access) !== null;
    case 'open':
      return ['pending', 'approved', 'active'].includes(statusAt(grant, access.now)) || awaitsReview(grant);
  }
}
