import { ReadFailure } from '../source.ts';
import type { Query, Row, ServerIdentity } from './server.ts';

const basic = `
  current_setting('server_version_num')::int AS version,
  pg_is_in_recovery() AS standby,
  extract(epoch FROM pg_postmaster_start_time())::float8 AS started,
  pg_has_role(current_user, 'pg_monitor', 'USAGE') AS monitor`;

/** Who answers (facts: data-tier.md §1.4). */
const whole = `SELECT ${basic},
  (SELECT system_identifier::text FROM pg_control_system()) AS system,
  (SELECT timeline_id::int FROM pg_control_checkpoint()) AS timeline`;

/** Where the control functions have been revoked, as some hosted services do. */
const withoutControl = `SELECT ${basic}, NULL::text AS system, NULL::int AS timeline`;

export async function readIdentity(read: (query: Query) => Promise<readonly Row[]>): Promise<ServerIdentity> {
  const [row] = await read({ text: whole }).catch((failure: unknown) => {
    if (failure instanceof ReadFailure && failure.code === '42501') {
      return read({ text: withoutControl });
    }
    throw failure;
  });
  return {
    version: Number(row?.['version']),
    standby: row?.['standby'] === true,
    systemIdentifier: typeof row?.['system'] === 'string' ? row['system'] : null,
    timeline: typeof row?.['timeline'] === 'number' ? row['timeline'] : null,
    startedAt: Math.round(Number(row?.['started']) * 1000),
    hasPgMonitor: row?.['monitor'] === true,
  };
}
