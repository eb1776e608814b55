import { type Finding, flaw, ok } from '#health/finding.ts';
import type { Session } from '#systems/postgres/login.ts';
import type { Looked } from './looked.ts';
import { databasesOf, examined, isMaker } from './session.ts';

/** Who makes databases on this server, and how it stands to those who own the tenants'. */
export async function examineRestoreLogin(server: string, world: Looked): Promise<readonly Finding[]> {
  const subject = `postgres/${server}`;
  const check = 'restore login';
  const next = `till estate grants --restore prints the SQL; postgres.${server}.restore names the login`;
  if (world.estate.postgres[server]?.restore === undefined) {
    return [
      world.backups.recovery === undefined
        ? flaw(subject, check, 'missing', 'the estate names none, and no place for recovery: nothing can be restored', {
            next,
          })
        : flaw(subject, check, 'weak', 'the estate names none: what is restored elsewhere cannot be swapped in here', {
            next,
          }),
    ];
  }
  return examined(subject, check, server, 'restore', world, async (session, { user }) => {
    const owners = await ownersOf(session, databasesOf(server, world));
    return makerFindings(subject, check, user, await isMaker(session), owners, next);
  });
}

/** Whether the login may make databases, and how it stands to those who own the tenants'. */
function makerFindings(
  subject: string,
  check: string,
  user: string,
  mayMake: boolean,
  owners: readonly Owner[],
  next: string,
): readonly Finding[] {
  const bad = (result: 'weak' | 'missing', words: string) => flaw(subject, check, result, words, { next });
  const findings = [
    ...(mayMake ? [] : [bad('missing', `${user} may not make databases: it lacks CREATEDB`)]),
    ...owners.flatMap(({ owner, isItself, reaches, inherits, becomes, renames, isSuper }) => {
      if (isItself) {
        return [bad('missing', `${user} owns tenants’ databases: what it restores, Odoo could serve and drop`)];
      }
      if (isSuper) {
        return [bad('weak', `tenants’ databases belong to the superuser ${owner}: nothing can be swapped in for them`)];
      }
      if (reaches) {
        return [bad('missing', `${owner} is a member of ${user}: what is restored would be open to Odoo`)];
      }
      return [
        ...(inherits
          ? [bad('weak', `${user} has the rights of ${owner} all the time, and needs them for a swap alone`)]
          : []),
        ...(becomes
          ? []
          : [bad('weak', `${user} may not become ${owner}: nothing can be swapped in for its databases`)]),
        ...(becomes && !renames
          ? [bad('weak', `${owner} lacks CREATEDB, without which no database can be renamed in a swap`)]
          : []),
      ];
    }),
  ];
  return findings.length > 0 ? findings : [ok(subject, check, `${user} makes databases that Odoo cannot reach`)];
}

interface Owner {
  readonly owner: string;
  readonly isItself: boolean;
  readonly isSuper: boolean;
  /** Odoo's role could act as the login. */
  readonly reaches: boolean;
  /** The login has its rights without saying so. */
  readonly inherits: boolean;
  /** The login may SET ROLE to it. */
  readonly becomes: boolean;
  /** It has CREATEDB. */
  readonly renames: boolean;
}

async function ownersOf(session: Session, databases: readonly string[]): Promise<readonly Owner[]> {
  const [version] = await session.query({ text: `SELECT current_setting('server_version_num')::int AS number` });
  const set = Number(version?.['number']) >= 160_000 ? 'SET' : 'MEMBER';
  const rows = await session.query({
    text: `SELECT DISTINCT o.rolname::text AS owner, o.rolname = current_user AS is_itself, o.rolsuper AS is_super, o.rolcreatedb AS renames,
  pg_has_role(o.oid, (SELECT oid FROM pg_roles WHERE rolname = current_user), 'MEMBER') AS reaches,
  pg_has_role(o.oid, 'USAGE') AS inherits, pg_has_role(o.oid, '${set}') AS becomes
FROM pg_database d JOIN pg_roles o ON o.oid = d.datdba WHERE d.datname = ANY ($1::text[]) ORDER BY 1`,
    values: [databases],
  });
  return rows.map((row) => ({
    ...{ owner: String(row['owner']), isItself: row['is_itself'] === true, isSuper: row['is_super'] === true },
    ...{ reaches: row['reaches'] === true, inherits: row['inherits'] === true },
    ...{ becomes: row['becomes'] === true, renames: row['renames'] === true },
  }));
}
