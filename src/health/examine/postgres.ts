import type { PostgresReader } from '#systems/postgres/server.ts';
import { ReadFailure } from '#systems/source.ts';
import { type Finding, flaw, ok } from '../finding.ts';
import { signals } from '../signals/index.ts';

const oldest = 13;
const newest = 18;

export async function examinePostgres(name: string, reader: PostgresReader): Promise<readonly Finding[]> {
  const subject = `postgres/${name}`;
  const hides = signals.flatMap((signal) => (signal.from === 'postgres' ? [signal.name] : []));
  try {
    const { version, standby, hasPgMonitor } = await reader.identity();
    const major = Math.floor(version / 10_000);
    const said = `reached, PostgreSQL ${major}${standby ? ', a standby in recovery' : ''}`;
    return [
      major < oldest || major > newest
        ? flaw(subject, 'version', 'weak', `${said}: till is tried on ${oldest} to ${newest}`)
        : ok(subject, 'version', said),
      hasPgMonitor
        ? ok(subject, 'pg_monitor', 'granted')
        : flaw(subject, 'pg_monitor', 'missing', "the role lacks pg_monitor: other sessions' work is hidden from it", {
            hides,
            next: 'till estate grants prints the SQL',
          }),
      ...(await settings(subject, reader, major)),
    ];
  } catch (error) {
    if (error instanceof ReadFailure) {
      return [flaw(subject, 'reached', error.reason === 'forbidden' ? 'missing' : 'away', error.message, { hides })];
    }
    throw error;
  }
}

/** Settings without which a part stays dark, or till is locked out when it is needed most (facts: data-tier.md §1.2). */
async function settings(subject: string, reader: PostgresReader, major: number): Promise<readonly Finding[]> {
  const [row] = await reader.query(
    {
      text: `SELECT current_setting('archive_mode') AS archive_mode,
  coalesce(current_setting('reserved_connections', true), '0')::int AS reserved,
  (SELECT bool_or(pg_has_role(oid, 'MEMBER')) FROM pg_roles WHERE rolname = 'pg_use_reserved_connections') AS may_use_reserved`,
    },
    { deadlineMs: 2000 },
  );
  const findings: Finding[] = [];
  if (row?.['archive_mode'] === 'off') {
    findings.push(
      flaw(subject, 'archive_mode', 'weak', 'off: nothing is archived, so nothing can be said of archiving', {
        hides: ['archiver-failing'],
      }),
    );
  }
  if (major >= 16 && !(Number(row?.['reserved']) > 0 && row?.['may_use_reserved'] === true)) {
    findings.push(
      flaw(subject, 'reserved_connections', 'weak', 'no connection is kept for till: a storm would lock it out', {
        next: 'set reserved_connections = 2 and GRANT pg_use_reserved_connections to the role',
      }),
    );
  }
  return findings;
}
