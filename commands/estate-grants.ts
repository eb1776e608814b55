import { backupGrantsSql, restoreGrantsSql } from '#estate/backup-grants.ts';
import { grantsSql, joinedTables } from '#estate/grants.ts';
import type { Command, Invocation } from '#grammar/command.ts';
import { printOne } from '#grammar/output.ts';
import { usageError } from '#grammar/usage-error.ts';
import { signals } from '#health/signals/index.ts';
import { exitCodes } from '#text/till-error.ts';

export const command: Command = {
  name: 'estate grants',
  summary: 'Print the SQL that lets a monitoring role read what the signals need, or what backups and restores need',
  examples: [
    {
      line: 'till estate grants | psql -v ON_ERROR_STOP=1 -d DATABASE',
      note: 'as a superuser, in each tenant database',
    },
    { line: 'till estate grants --role watcher', note: 'for a role of another name' },
    { line: 'till estate grants --backup', note: 'for the login that pg_dump reads with: `postgres.<server>.backup`' },
    { line: 'till estate grants --restore', note: 'for the login that makes databases: `postgres.<server>.restore`' },
  ],
  flags: [
    {
      name: 'role',
      value: 'ROLE',
      summary: 'the login; when left out till_monitor, or with the flags below till_backup or till_restore',
    },
    { name: 'operator', summary: 'for a monitoring role that may also cancel queries and end sessions' },
    { name: 'backup', summary: 'for the login that reads everything and writes nothing', environment: false },
    { name: 'restore', summary: 'for the login that makes databases which Odoo cannot reach', environment: false },
  ],
  async run(invocation) {
    const asked = ['operator', 'backup', 'restore'].filter((flag) => invocation.given(flag));
    if (asked.length > 1) {
      const flags = asked.map((flag) => `--${flag}`).join(' and ');
      throw usageError(`${flags} are for different roles`, command, 'print each by itself, for a login of its own');
    }
    const { role, tables, sql } = grantsOf(invocation);
    await printOne(invocation, { kind: 'Grants', fields: { role, tables, sql }, name: role, text: () => sql });
    return exitCodes.ok;
  },
};

function grantsOf({ value, given }: Invocation) {
  if (given('backup')) {
    const role = value('role') ?? 'till_backup';
    return { role, tables: {}, sql: backupGrantsSql({ role }) };
  }
  if (given('restore')) {
    const role = value('role') ?? 'till_restore';
    return { role, tables: {}, sql: restoreGrantsSql({ role }) };
  }
  const role = value('role') ?? 'till_monitor';
  const tables = joinedTables(signals.flatMap((signal) => (signal.from === 'database' ? [signal.query.columns] : [])));
  return { role, tables, sql: grantsSql({ role, tables, operator: given('operator') }) };
}
