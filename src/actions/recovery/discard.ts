import { lstat, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { scratchName } from '#backups/database-mark.ts';
import { quotedIdentifier } from '#backups/quoted-sql.ts';
import type { Operation } from '#systems/operation.ts';
import type { Session } from '#systems/postgres/login.ts';
import { WriteFailure } from '#systems/write-failure.ts';
import { clean } from '#text/clean.ts';
import type { ActWorld } from '../action.ts';
import { databaseNamed, endSessions } from './databases.ts';
import type { RecoveryPlace } from './recover.ts';

export interface Discarded {
  /** Whether there was one. */
  readonly database: boolean;
  /** Whether there was a folder of its files. */
  readonly folder: boolean;
}

/** A server that was stopped is mostly on its way back. */
const patienceMs = 20_000;
const betweenMs = 500;

/**
 * Drops a database that carries our comment, and the folder of its files, and looks that both are gone. Nothing there is no failure.
 * Not ended by `world.signal`: it is what cleans up after that. Throws WriteFailure, with what is left.
 */
export async function discard(
  place: RecoveryPlace,
  database: string,
  operation: Operation,
  world: ActWorld,
): Promise<Discarded> {
  const until = world.clock.monotonic() + patienceMs;
  for (;;) {
    try {
      const dropped = await dropDatabase(place, database, operation, world);
      const folders = [database, ...(dropped.alsoFolder === null ? [] : [dropped.alsoFolder])];
      const removed: boolean[] = [];
      for (const name of folders) {
        removed.push(await removeFolder(place, name));
      }
      return { database: dropped.wasThere, folder: removed.includes(true) };
    } catch (error) {
      const isAway = error instanceof WriteFailure && (error.code === null || /^(?:08|57|E)/u.test(error.code));
      if (!isAway || world.clock.monotonic() > until) {
        throw error;
      }
      await pause(betweenMs);
    }
  }
}

/** What is left when that fails: for a message. */
export function leftWords({ server, filestore }: RecoveryPlace, database: string): string {
  return `database ${database} on ${server}${filestore === null ? '' : ` and ${join(filestore, database)}`} may be left`;
}

async function dropDatabase(
  { server, purpose }: RecoveryPlace,
  name: string,
  operation: Operation,
  world: ActWorld,
): Promise<{ readonly wasThere: boolean; readonly alsoFolder: string | null }> {
  const login = await world.login(server, purpose);
  const session = await login.writing(operation, maintenanceOf(server, world), { statementMs: patienceMs });
  try {
    const found = await databaseNamed(session, name);
    if (found === null) {
      return { wasThere: false, alsoFolder: null };
    }
    // Between its making and its comment lies a moment in which a server may go.
    if (found.mark === null && name !== scratchName(operation.id)) {
      throw new WriteFailure(
        'refused',
        `${name} on ${server} was not made by till: it has no comment of ours`,
        'not-ours',
      );
    }
    await become(session, found.owner, login.user);
    await drop(session, name);
    if ((await databaseNamed(session, name)) !== null) {
      throw new WriteFailure('unknown', `${name} on ${server} is still there`);
    }
    // Files get their name a moment before the database does.
    const becomes = found.mark?.till === 'scratch' ? (found.mark.becomes ?? null) : null;
    const isTaken = becomes === null || (await databaseNamed(session, becomes)) !== null;
    return { wasThere: true, alsoFolder: isTaken ? null : becomes };
  } finally {
    await session.close();
  }
}

export function maintenanceOf(server: string, { estate }: Pick<ActWorld, 'estate'>): string {
  return estate.postgres[server]?.database ?? 'postgres';
}

/** One that was kept is still Odoo's: the login may become that role, and has not its rights all the time. */
async function become(session: Session, owner: string, user: string): Promise<void> {
  const [row] = await session.query({
    text: `SELECT pg_has_role(current_user, $1::name, 'USAGE') AS is`,
    values: [owner],
  });
  if (owner !== user && row?.['is'] !== true) {
    await session.query({ text: `SET ROLE ${quotedIdentifier(owner)}` });
  }
}

/** What a killed child of ours still does there ends first; it may take a moment to be gone. */
async function drop(session: Session, name: string): Promise<void> {
  const tries = 20;
  for (let attempt = 1; ; attempt += 1) {
    await endSessions(session, name);
    try {
      await session.query({ text: `DROP DATABASE IF EXISTS ${quotedIdentifier(name)}` });
      return;
    } catch (error) {
      if (!(error instanceof WriteFailure) || error.code !== '55006' || attempt === tries) {
        throw error;
      }
    }
  }
}

async function removeFolder({ filestore }: RecoveryPlace, name: string): Promise<boolean> {
  if (filestore === null) {
    return false;
  }
  const path = join(filestore, name);
  try {
    const isThere = await lstat(path).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') {
          return false;
        }
        throw error;
      },
    );
    await rm(path, { recursive: true, force: true });
    return isThere;
  } catch (error) {
    throw new WriteFailure(
      'refused',
      `${path} could not be removed: ${clean(error instanceof Error ? error.message : '')}`,
      'folder',
    );
  }
}
