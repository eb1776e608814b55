import { openLedger } from '#actions/context.ts';
import type { Command } from '#grammar/command.ts';
import { printList } from '#grammar/output.ts';
import { span } from '#text/age.ts';
import { exitCodes } from '#text/till-error.ts';
import { incidentsIn } from './auditing/incidents.ts';

export const command: Command = {
  name: 'incidents',
  summary: 'List the incidents: open ones first',
  examples: [
    { line: 'till incidents --open', note: 'what is going on now' },
    { line: 'till incidents show checkout-down', note: 'the story of one' },
  ],
  flags: [{ name: 'open', summary: 'only those that are not closed' }],
  async run(invocation) {
    const { io } = invocation;
    const ledger = openLedger(await invocation.estate(), io.clock, io.env);
    try {
      const all = await incidentsIn(ledger);
      const items = all.filter(({ closedAt }) => closedAt === null || !invocation.given('open'));
      await printList(invocation, {
        kind: 'IncidentList',
        items: items.toSorted((a, b) => Number(a.closedAt !== null) - Number(b.closedAt !== null)),
        name: ({ name }) => name,
        empty: invocation.given('open') ? 'no open incident' : 'no incident yet',
        columns: [
          { title: 'NAME', value: ({ name }) => name },
          {
            title: 'STATE',
            value: ({ closedAt }) =>
              closedAt === null ? { text: 'open', tone: 'bad' } : { text: 'closed', tone: 'faint' },
          },
          { title: 'SEVERITY', value: ({ severity }) => severity },
          { title: 'COMMANDER', value: ({ commander }) => commander },
          {
            title: 'FOR',
            value: ({ openedAt, closedAt }) =>
              span(((closedAt === null ? io.clock.now() : Date.parse(closedAt)) - Date.parse(openedAt)) / 1000),
            align: 'right',
          },
          { title: 'TENANTS', value: ({ tenants }) => tenants.join(','), shrinks: true },
          { title: 'OPENED', value: ({ openedAt }) => openedAt.replace(/\.\d+Z$/u, 'Z'), wide: true },
          { title: 'ID', value: ({ incident }) => incident },
          { title: 'SUMMARY', value: ({ summary }) => summary ?? '', shrinks: true },
        ],
      });
      return exitCodes.ok;
    } finally {
      await ledger.close();
    }
  },
};
