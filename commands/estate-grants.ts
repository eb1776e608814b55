import { grantsSql, joinedTables } from '#estate/grants.ts';
import type { Command } from '#grammar/command.ts';
import { printOne } from '#grammar/output.ts';
import { signals } from '#health/signals/index.ts';
import { exitCodes } from '#text/till-error.ts';

export const command: Command = {
  name: 'estate grants',
  summary: 'Print the SQL that lets a monitoring role read what the signals need, column by column',
  examples: [
    {
      line: 'till estate grants | psql -v ON_ERROR_STOP=1 -d DATABASE',
      note: 'as a superuser, in each tenant database',
    },
    { line: 'till estate grants --role watcher', note: 'for a role of another name' },
  ],
  flags: [
    { name: 'role', value: 'ROLE', summary: 'the login of the monitor; till_monitor when left out' },
    { name: 'operator', summary: 'for a role that may also cancel queries and end sessions' },
  ],
  async run(invocation) {
    const role = invocation.value('role') ?? 'till_monitor';
    const tables = joinedTables(
      signals.flatMap((signal) => (signal.from === 'database' ? [signal.query.columns] : [])),
    );
    const sql = grantsSql({ role, tables, operator: invocation.given('operator') });
    await printOne(invocation, { kind: 'Grants', fields: { role, tables, sql }, name: role, text: () => sql });
    return exitCodes.ok;
  },
};
