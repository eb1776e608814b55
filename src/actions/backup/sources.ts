import type { Read } from '#backups/contents.ts';
import type { Sealing } from '#backups/open-sealed.ts';
import { sealingPrograms } from '#backups/open-sealed.ts';
import type { PostgresPrograms } from '#backups/programs.ts';
import { envWithPrograms, postgresPrograms } from '#backups/programs.ts';
import { type DatabaseFacts, factsOf } from '#backups/write/snapshot.ts';
import type { Tenant } from '#estate/estate.ts';
import type { Blocker } from '#policy/refusal.ts';
import { ReadFailure } from '#systems/source.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import type { PlanWorld } from '../action.ts';
import { backupsOf } from '../keeping/catalogue-of.ts';

/** Where a tenant's rows are. */
export interface DatabasePlace {
  readonly server: string;
  readonly database: string;
}

/** Throws TillError (exit 2) where the estate does not say. */
export function databaseOf({ name, postgres, database }: Tenant): DatabasePlace {
  if (postgres === null || database === null) {
    throw new TillError(`the estate does not say where the database of ${name} is`, {
      ...{ exit: exitCodes.usage, reason: 'no-database', target: name },
      next: `give ${name} a \`postgres\` and a \`database\``,
    });
  }
  return { server: postgres, database };
}

/** Files of the filestore by the database's own word. */
export interface Attachments {
  readonly files: number;
  readonly size: number;
}

/** What the database says of itself, and whether another dump of ours reads it; null with a blocker where it does not answer. */
export interface Found {
  readonly facts: DatabaseFacts | null;
  /** Null where it has none, or takes too long to count them. */
  readonly attachments: Attachments | null;
  readonly blockers: readonly Blocker[];
}

const answerMs = 10_000;

export async function findDatabase({ server, database }: DatabasePlace, world: PlanWorld): Promise<Found> {
  try {
    const login = await world.login(server, 'backup');
    const session = await login.reading(database, { statementMs: answerMs });
    try {
      const facts = await factsOf(session.query, database);
      const others = await session.query({
        text: `SELECT DISTINCT application_name AS name FROM pg_stat_activity
                WHERE datname = current_database() AND application_name ~ '^till/[0-9A-Z]{26}$'
                  AND backend_type = 'client backend' AND usename = current_user`,
      });
      const foreign: string[] = [];
      for (const { name } of others) {
        const operation = String(name).slice('till/'.length);
        // What this ledger knows to be open is policy's to refuse; and what has ended leaves a session that ends in a moment.
        if (!(await isOurs(operation, world))) {
          foreign.push(operation);
        }
      }
      return { facts, attachments: await attachmentsOf(session.query), blockers: foreign.map(another) };
    } finally {
      await session.close();
    }
  } catch (error) {
    if (!(error instanceof ReadFailure)) {
      throw error;
    }
    const isUnnamed = error.reason === 'unsupported';
    return {
      facts: null,
      attachments: null,
      blockers: [
        {
          by: isUnnamed ? 'estate.yaml' : `postgres ${server}`,
          reason: error.message,
          until: null,
          wayOut: error.reason === 'unreachable' ? null : 'till estate grants prints the login that backups need',
        },
      ],
    };
  }
}

/** A guess for the plan: whoever has too many to be counted at once is not kept waiting for it. */
async function attachmentsOf(read: Read): Promise<Attachments | null> {
  try {
    const [row] = await read({
      text: `SELECT count(*) AS files, coalesce(sum(size), 0) AS size FROM (
               SELECT max(file_size) AS size FROM public.ir_attachment WHERE store_fname IS NOT NULL GROUP BY store_fname) f`,
    });
    return row === undefined ? null : { files: Number(row['files']), size: Number(row['size']) };
  } catch {
    return null;
  }
}

async function isOurs(operation: string, { ledger }: PlanWorld): Promise<boolean> {
  for await (const _entry of ledger.newest({ operation, limit: 1 })) {
    return true;
  }
  return false;
}

function another(operation: string): Blocker {
  return {
    by: `operation ${operation}`,
    reason: 'it is reading this database for a backup now',
    until: null,
    wayOut: `till wait ${operation}`,
  };
}

export interface Programs {
  readonly postgres: PostgresPrograms;
  readonly sealing: Sealing['programs'];
}

/** Throws TillError with what to install. */
export async function programsFor(serverVersion: string, world: PlanWorld): Promise<Programs> {
  const env = programsEnvOf(world);
  const [postgres, sealing] = await Promise.all([
    postgresPrograms(Number.parseInt(serverVersion, 10), env),
    sealingPrograms(env),
  ]);
  return { postgres, sealing };
}

export function programsEnvOf(world: PlanWorld) {
  return envWithPrograms(world.env, backupsOf(world).programs);
}
