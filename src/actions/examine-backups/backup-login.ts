import { type Finding, flaw, ok } from '#health/finding.ts';
import type { DatabaseLogin } from '#systems/postgres/login.ts';
import { type Looked, some } from './looked.ts';
import { databasesOf, examined, patience } from './session.ts';

/** Beyond it, what is said of how old a backup is would be wrong by more than anybody notices. */
const mostSkewMs = 5_000;

/** Who reads for backups on this server, and whether it may. */
export async function examineBackupLogin(server: string, world: Looked): Promise<readonly Finding[]> {
  const subject = `postgres/${server}`;
  const check = 'backup login';
  const next = `till estate grants --backup prints the SQL; postgres.${server}.backup names the login`;
  if (world.estate.postgres[server]?.backup === undefined) {
    return [flaw(subject, check, 'missing', 'the estate names none: nothing here can be backed up', { next })];
  }
  return examined(subject, check, server, 'backup', world, async (session, login) => {
    const databases = databasesOf(server, world);
    const [row] = await session.query({
      text: `SELECT rolsuper AS is_super, (SELECT pg_has_role(oid, 'USAGE') FROM pg_roles WHERE rolname = 'pg_read_all_data') AS reads,
  extract(epoch FROM clock_timestamp())::float8 * 1000 AS clock,
  ARRAY(SELECT datname::text FROM pg_database WHERE datname = ANY ($1::text[]) AND NOT has_database_privilege(oid, 'CONNECT')) AS closed
FROM pg_roles WHERE rolname = current_user`,
      values: [databases],
    });
    const { is_super: isSuper, reads, closed, clock: theirs } = row ?? {};
    const skew = Number(theirs) - world.clock.now();
    const shut = Array.isArray(closed) ? closed.map(String) : [];
    const unread =
      reads === null && isSuper !== true
        ? await unreadableTables(
            login,
            databases.filter((name) => !shut.includes(name)),
          )
        : [];
    const findings: Finding[] = [];
    if (shut.length > 0) {
      findings.push(flaw(subject, check, 'missing', `${login.user} may not connect to ${some(shut)}`, { next }));
    }
    if (unread.length > 0) {
      findings.push(flaw(subject, check, 'missing', `${login.user} may not read all of ${some(unread)}`, { next }));
    }
    if (reads === false && isSuper !== true) {
      findings.push(
        flaw(subject, check, 'missing', `${login.user} is no member of pg_read_all_data: pg_dump would stop`, { next }),
      );
    } else if (isSuper === true) {
      findings.push(
        flaw(subject, check, 'weak', `${login.user} is a superuser: reading everything needs less`, { next }),
      );
    } else if (findings.length === 0) {
      findings.push(ok(subject, check, `${login.user} reads everything`));
    }
    return [...findings, ...(Math.abs(skew) > mostSkewMs ? [skewed(subject, skew)] : [])];
  });
}

function skewed(subject: string, skew: number): Finding {
  const seconds = Math.round(Math.abs(skew) / 1000);
  const words = skew > 0 ? 'ahead of' : 'behind';
  return flaw(
    subject,
    'clock',
    'weak',
    `is ${seconds} s ${words} ours: ages of backups and recovery points are off by as much`,
    {
      next: 'let both keep time by NTP',
    },
  );
}

/** PostgreSQL 13 has no role that reads everything: what its owner has made since the grants is closed unless they said so. */
async function unreadableTables(login: DatabaseLogin, databases: readonly string[]): Promise<readonly string[]> {
  const closed: string[] = [];
  for (const database of databases) {
    const session = await login.reading(database, patience);
    try {
      const [row] = await session.query({
        text: `SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'm', 'S') AND n.nspname !~ '^(pg_|information_schema$)' AND NOT has_table_privilege(c.oid, 'SELECT')) AS has`,
      });
      if (row?.['has'] === true) {
        closed.push(database);
      }
    } finally {
      await session.close();
    }
  }
  return closed;
}
