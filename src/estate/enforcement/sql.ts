import { postgresRoles } from './powers.ts';

/**
 * What a superuser runs once on each server that grants reach: the roles that a grant's login inherits, and the one who makes and ends those
 * logins. On 16 and later nobody can take such a role on with SET ROLE; on older servers the agent ends sessions (facts: access-audit.md §4.2).
 */
export function accessSql({ minter = 'till_minter' }: { readonly minter?: string } = {}): string {
  const name = quoted(minter);
  const roles = Object.entries(postgresRoles);
  return `-- As a superuser, once on each PostgreSQL server. Give ${minter} a password of its own afterwards: \\password ${minter}
BEGIN;
${roles.map(([role, members]) => roleSql(role, members)).join('\n')}
${createdIfMissing(minter, 'LOGIN CREATEROLE NOSUPERUSER NOCREATEDB NOREPLICATION INHERIT CONNECTION LIMIT 4')}
-- To end the sessions of a grant's login.
GRANT pg_signal_backend TO ${name};
DO $till$
BEGIN
  IF current_setting('server_version_num')::int >= 160000 THEN
${roles.map(([role]) => `    EXECUTE 'GRANT ${role} TO ${name.replaceAll("'", "''")} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE';`).join('\n')}
  ELSE
${roles.map(([role]) => `    EXECUTE 'GRANT ${role} TO ${name.replaceAll("'", "''")} WITH ADMIN OPTION';`).join('\n')}
  END IF;
END $till$;
COMMIT;
`;
}

function roleSql(role: string, members: readonly string[]): string {
  return `${createdIfMissing(role, 'NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION INHERIT')}
GRANT ${members.join(', ')} TO ${role};`;
}

/** CREATE ROLE has no IF NOT EXISTS, and a second run must be as good as the first. */
function createdIfMissing(role: string, options: string): string {
  return `DO $till$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${role.replaceAll("'", "''")}') THEN
    CREATE ROLE ${quoted(role)} ${options};
  END IF;
END $till$;`;
}

function quoted(identifier: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(identifier) ? identifier : `"${identifier.replaceAll('"', '""')}"`;
}
