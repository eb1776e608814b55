import { append } from './append.ts';
import { basics } from './basics.ts';
import { demand } from './demand.ts';
import { fold } from './fold.ts';
import { foldAccess } from './fold-access.ts';
import { laws } from './laws.ts';
import { lawsGrants } from './laws-grants.ts';
import { lawsPeople } from './laws-people.ts';
import { leaseColumns, leases } from './leases.ts';
import { parcelRights, parcels, parcelTable } from './parcels.ts';
import { reading } from './reading.ts';
import { retention } from './retention.ts';
import { rights, roles } from './roles.ts';
import { guards, tables } from './tables.ts';

/** One step of the schema for each version that there was; the functions are put in place anew with each setup. */
const steps: readonly string[] = [tables, parcelTable, leaseColumns];

/** The version that this till works with. */
export const schemaVersion = steps.length;

/** What a login can be made to: a person who acts, an auditor, the agent. */
export type Part = 'writer' | 'reader' | 'agent';

export interface SetupOptions {
  /** The version that is there; 0 for none. */
  readonly from: number;
  readonly grant?: Partial<Readonly<Record<Part, readonly string[]>>>;
}

/** Everything that brings a database to this version, to be run as one transaction by a superuser or the database's owner. */
export function setupSql({ from, grant = {} }: SetupOptions): string {
  const members = Object.entries(grant).flatMap(([part, logins]) =>
    logins.map((login) => `GRANT till_ledger_${part} TO ${identifier(login)};`),
  );
  return [
    '-- The ledger of till. Repeatable; everything or nothing.',
    'BEGIN;',
    'SET LOCAL search_path = pg_catalog, pg_temp;\nSET LOCAL standard_conforming_strings = on;\nSET LOCAL client_min_messages = warning;\nSET LOCAL check_function_bodies = off;',
    "SELECT pg_advisory_xact_lock(hashtext('till_ledger setup'));",
    roles,
    'CREATE SCHEMA IF NOT EXISTS till_ledger;',
    ...steps.slice(from).map((step, index) => versioned(step, from + index + 1)),
    ...[
      basics,
      demand,
      leases,
      foldAccess,
      fold,
      lawsPeople,
      lawsGrants,
      retention,
      laws,
      append,
      reading,
      parcels,
      guards,
    ].map((part) => part.trim()),
    owned,
    rights.trim(),
    parcelRights.trim(),
    ...members,
    'COMMIT;',
    '',
  ].join('\n\n');
}

function versioned(step: string, version: number): string {
  return `${step.trim()}\nINSERT INTO till_ledger.schema_version (version) VALUES (${version});`;
}

/** Whoever sets it up, it belongs to a role that nobody can log in as. */
const owned = `DO $till$
DECLARE
  thing record;
BEGIN
  ALTER SCHEMA till_ledger OWNER TO till_ledger_owner;
  FOR thing IN SELECT c.oid::regclass AS name FROM pg_class c
    WHERE c.relnamespace = 'till_ledger'::regnamespace AND c.relkind = 'r' LOOP
    EXECUTE format('ALTER TABLE %s OWNER TO till_ledger_owner', thing.name);
  END LOOP;
  FOR thing IN SELECT p.oid::regprocedure AS name FROM pg_proc p WHERE p.pronamespace = 'till_ledger'::regnamespace LOOP
    EXECUTE format('ALTER FUNCTION %s OWNER TO till_ledger_owner', thing.name);
  END LOOP;
END $till$;`;

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
