import { clean } from '#text/clean.ts';
import type { Grants } from './grants.ts';
import { quotedName, quotedText } from './quoted.ts';

// The two logins that backups need beside the monitor's. One reads everything and writes nothing; the other makes databases that
// nobody else owns, and may become the owner of a tenant's only by saying so, for the moment of a swap (facts: data-tier.md §1.2).

export interface LoginGrantsOptions {
  readonly role: string;
  /** Connections the role may hold on one server; parallel dumps and restores take one for each job and one more. */
  readonly connections?: number;
}

/** What pg_dump needs: one role from PostgreSQL 14 on; on 13 each table that is there, and each that its owner will make. */
export function backupGrants({ role, connections = 24 }: LoginGrantsOptions): Grants {
  const name = quotedName(role);
  const text = quotedText(role);
  return {
    server: [
      createdOnce(role, 'LOGIN'),
      `ALTER ROLE ${name} CONNECTION LIMIT ${Math.trunc(connections)}`,
      `ALTER ROLE ${name} SET default_transaction_read_only = on`,
      `DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'pg_read_all_data') THEN
    GRANT pg_read_all_data TO ${name};
  END IF;
END $$`,
    ],
    database: [
      `DO $$ BEGIN
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), ${text});
END $$`,
      `DO $$
DECLARE place record; maker record;
BEGIN
  -- PostgreSQL 13 has no role that reads everything.
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pg_read_all_data') THEN
    FOR place IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
      EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', place.nspname, ${text});
      EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO %I', place.nspname, ${text});
      EXECUTE format('GRANT SELECT ON ALL SEQUENCES IN SCHEMA %I TO %I', place.nspname, ${text});
      FOR maker IN
        SELECT DISTINCT pg_get_userbyid(relowner) AS rolname FROM pg_class
        WHERE relkind IN ('r', 'p', 'v', 'm', 'S') AND relnamespace = quote_ident(place.nspname)::regnamespace
        UNION SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()
      LOOP
        EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT SELECT ON TABLES TO %I', maker.rolname, place.nspname, ${text});
        EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT SELECT ON SEQUENCES TO %I', maker.rolname, place.nspname, ${text});
      END LOOP;
    END LOOP;
  END IF;
END $$`,
      `DO $$
DECLARE held record;
BEGIN
  -- Large objects are nobody's but their owner's; Odoo makes none, modules may.
  FOR held IN SELECT oid FROM pg_largeobject_metadata LOOP
    EXECUTE format('GRANT SELECT ON LARGE OBJECT %s TO %I', held.oid, ${text});
  END LOOP;
  -- pg_dump stops at a table whose rows are hidden from it; Odoo has none.
  IF EXISTS (SELECT FROM pg_class WHERE relrowsecurity) THEN
    EXECUTE format('ALTER ROLE %I BYPASSRLS', ${text});
  END IF;
END $$`,
    ],
  };
}

/**
 * Makes databases. It may become the owner of each tenant's database, and has none of its rights until it says SET ROLE. Before 16 a
 * membership cannot say so; a role between the two that inherits nothing does. The login itself has to inherit: on 15 it is by an
 * inherited membership that the owner of a database has its schema `public`.
 */
export function restoreGrants({ role, connections = 24 }: LoginGrantsOptions): Grants {
  const name = quotedName(role);
  const text = quotedText(role);
  const between = `${role}_becomes`;
  return {
    server: [
      createdOnce(role, 'LOGIN CREATEDB'),
      `ALTER ROLE ${name} CREATEDB INHERIT CONNECTION LIMIT ${Math.trunc(connections)}`,
      // A swap ends whoever is in the live database, the monitor too.
      `GRANT pg_signal_backend TO ${name}`,
      `DO $$ BEGIN
  IF current_setting('server_version_num')::int < 160000 THEN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${quotedText(between)}) THEN
      CREATE ROLE ${quotedName(between)} NOLOGIN NOINHERIT;
    END IF;
    ALTER ROLE ${quotedName(between)} NOLOGIN NOINHERIT;
    GRANT ${quotedName(between)} TO ${name};
  END IF;
END $$`,
    ],
    database: [
      `DO $$
DECLARE owner record;
BEGIN
  SELECT r.rolname, r.rolsuper INTO owner
  FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba WHERE d.datname = current_database();
  IF owner.rolname = ${text} THEN
    RAISE EXCEPTION '% owns %: give the database back to the role that Odoo logs in with', owner.rolname, current_database();
  ELSIF owner.rolsuper THEN
    RAISE WARNING '% belongs to the superuser %, whom nobody may become: what is restored cannot be swapped in for it',
      current_database(), owner.rolname;
  ELSIF current_setting('server_version_num')::int >= 160000 THEN
    EXECUTE format('GRANT %I TO %I WITH INHERIT FALSE, SET TRUE', owner.rolname, ${text});
  ELSE
    EXECUTE format('GRANT %I TO %I', owner.rolname, ${quotedText(between)});
  END IF;
END $$`,
    ],
  };
}

/** Both as scripts for psql, with what to do before and after them. */
export function backupGrantsSql(options: LoginGrantsOptions): string {
  return script(
    options,
    backupGrants(options),
    '-- What the login that pg_dump reads with needs; it reads everything, and writes nothing.',
    '--   till estate grants --backup | psql -v ON_ERROR_STOP=1 -d DATABASE',
  );
}

export function restoreGrantsSql(options: LoginGrantsOptions): string {
  return script(
    options,
    restoreGrants(options),
    '-- What the login that makes databases needs. What it makes is its own: the role that Odoo logs in with cannot even drop it.',
    '--   till estate grants --restore | psql -v ON_ERROR_STOP=1 -d DATABASE',
  );
}

function script({ role }: LoginGrantsOptions, { server, database }: Grants, what: string, how: string): string {
  return [
    what,
    '-- Run it as a superuser in each tenant database:',
    how,
    `-- The role has no password yet. Give it one that stays out of your history:  \\password ${clean(role)}`,
    '',
    '-- On the server; nothing changes the second time.',
    ...server.map((statement) => `${statement};`),
    '',
    '-- In this database.',
    ...database.map((statement) => `${statement};`),
    '',
  ].join('\n');
}

function createdOnce(role: string, options: string): string {
  return `DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${quotedText(role)}) THEN
    CREATE ROLE ${quotedName(role)} ${options};
  END IF;
END $$`;
}
