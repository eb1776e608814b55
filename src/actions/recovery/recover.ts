import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { CatalogueEntry } from '#backups/catalogue.ts';
import { markText, scratchName } from '#backups/database-mark.ts';
import type { BackupProof, Manifest } from '#backups/manifest.ts';
import { DamagedBackup } from '#backups/manifest-file.ts';
import { neutralise } from '#backups/neutralise/neutralise.ts';
import { quotedIdentifier } from '#backups/quoted-sql.ts';
import { readFacts } from '#backups/verify/read-facts.ts';
import { type RestoredFiles, restoredChecks } from '#backups/verify/restored-checks.ts';
import type { Operation } from '#systems/operation.ts';
import type { LoginPurpose, Session } from '#systems/postgres/login.ts';
import { ReadFailure } from '#systems/source.ts';
import { WriteFailure } from '#systems/write-failure.ts';
import { clean } from '#text/clean.ts';
import { instant } from '#text/clock.ts';
import { TillError } from '#text/till-error.ts';
import type { ActWorld } from '../action.ts';
import { commentSql, databaseNamed } from './databases.ts';
import { discard, leftWords, maintenanceOf } from './discard.ts';
import { makeDatabase, mustHaveExtensions } from './make-database.ts';
import { type Opened, openWork } from './open-work.ts';
import { fetching, watchGrowth } from './progress-words.ts';
import { extensionsIn, restoreDump } from './restore-dump.ts';
import { restoreFiles } from './restore-files.ts';
import { writeScratch } from './scratch-file.ts';

/** Where a backup becomes a database again. */
export interface RecoveryPlace {
  /** A server of the estate. */
  readonly server: string;
  /** The login that makes the database. */
  readonly purpose: Exclude<LoginPurpose, 'backup'>;
  /** The folder in which the files of each restored database get one of its name; null: they are not restored. */
  readonly filestore: string | null;
}

export type RecoveryPhase = 'fetch' | 'restore' | 'filestore' | 'neutralise' | 'verify';

export interface RecoveryRequest {
  readonly place: RecoveryPlace;
  /** As it was planned: a manifest with another sum is refused. */
  readonly backup: Pick<CatalogueEntry, 'tenant' | 'backup' | 'sha256'>;
  /** A name that is not there yet. It has the name `till_<operation>` until all of it is done. */
  readonly database: string;
  /** Commented as `scratch`, and not as `restored`. */
  readonly isDrill: boolean;
  readonly onPhase?: (phase: RecoveryPhase, seconds: number) => void;
}

export interface Recovered {
  readonly manifest: Manifest;
  readonly sha256: string;
  /** The database's name. */
  readonly database: string;
  /** Its files' folder; null where there are none. */
  readonly filestore: string | null;
  readonly checks: BackupProof['checks'];
  /** Whole seconds. */
  readonly seconds: Readonly<Record<RecoveryPhase, number>>;
  /** The newest row that was restored, RFC 3339; null where no table has a date. */
  readonly newestRow: string | null;
  readonly tables: number;
  /** What waited when the backup was taken and was ended for good, by word. */
  readonly ended: Readonly<Record<string, number>>;
}

/**
 * A backup as a database and a folder of files, neutralised and checked; nobody but the login that made it can connect. Throws
 * WriteFailure, and then nothing of it is left, or the message names what is. A check that failed is in `checks`, and what was restored
 * stays to be looked at.
 */
export async function recover(request: RecoveryRequest, operation: Operation, world: ActWorld): Promise<Recovered> {
  const { place } = request;
  const scratch = scratchName(operation.id);
  const begun: Begun = { hasWritten: false, hasNamed: false };
  try {
    const work = await openWork(request, world);
    const login = await world.login(place.server, place.purpose);
    const session = await login.writing(operation, maintenanceOf(place.server, world), { signal: world.signal });
    try {
      return await recovered({ request, operation, world, scratch, work, session, begun });
    } finally {
      await session.close();
    }
  } catch (error) {
    const left = begun.hasWritten ? await cleanedUp(request, begun, operation, world) : null;
    throw inWords(error, left, world);
  }
}

/** How far it has come, for who cleans up. */
interface Begun {
  hasWritten: boolean;
  /** Something may have the name that was asked for. */
  hasNamed: boolean;
}

interface Work {
  readonly request: RecoveryRequest;
  readonly operation: Operation;
  readonly world: ActWorld;
  readonly scratch: string;
  readonly work: Opened;
  /** On the maintenance database. */
  readonly session: Session;
  readonly begun: Begun;
}

async function recovered(all: Work): Promise<Recovered> {
  const { request, operation, world, scratch, session, begun } = all;
  const { manifest, sealing, postgres, signature, env } = all.work;
  const { place, backup } = request;
  await mustTakeIt(session, request, manifest);
  const seconds: Record<RecoveryPhase, number> = { fetch: 0, restore: 0, filestore: 0, neutralise: 0, verify: 0 };
  const timed = async <T>(phase: RecoveryPhase, work: () => Promise<T>): Promise<T> => {
    world.signal.throwIfAborted();
    const from = world.clock.monotonic();
    const result = await work();
    seconds[phase] = Math.round((world.clock.monotonic() - from) / 1000);
    request.onPhase?.(phase, seconds[phase]);
    return result;
  };
  const { dumped: size, sha256, parts } = manifest.database;
  // Every part's sum, the seal and the whole are right before the server hears of it.
  const dump = await timed('fetch', () => writeScratch(fetching(sealing, manifest, world), parts, { size, sha256 }));
  const login = await world.login(place.server, place.purpose);
  try {
    await timed('restore', async () => {
      await mustHaveExtensions(session, await extensionsIn(dump, postgres), login.user);
      begun.hasWritten = true;
      await makeDatabase(session, scratch, manifest.database, {
        ...{ till: 'scratch', operation: operation.id, tenant: backup.tenant, backup: backup.backup },
        ...{ at: instant(world.clock.now()), becomes: request.database },
      });
      using _growth = watchGrowth(session, scratch, manifest, world);
      await restoreDump({
        ...{ dump, database: scratch, login, programs: postgres, env, signal: world.signal },
        applicationName: `till/${operation.id}`,
      });
    });
  } finally {
    await dump.close();
  }
  const folder = place.filestore === null || manifest.filestore === null ? null : join(place.filestore, scratch);
  const files = await timed('filestore', () => filesOf(all, folder));
  const inside = await login.writing(operation, scratch, { signal: world.signal });
  try {
    world.progress({ words: `neutralising ${scratch}` });
    const { ended } = await timed('neutralise', () => neutralise(inside));
    world.progress({ words: `verifying ${scratch}` });
    const facts = await timed('verify', async () => {
      // A dump has no statistics: without them the first hours of a database that goes live are slow.
      await inside.query({ text: 'ANALYZE' });
      return await readFacts(inside);
    });
    await inside.close();
    await named(all, folder);
    return {
      ...{ manifest, sha256: backup.sha256, database: request.database, seconds, ended },
      filestore: folder === null || place.filestore === null ? null : join(place.filestore, request.database),
      checks: [
        signature,
        {
          check: 'archive',
          status: 'ok',
          message: `${parts.length} parts and the dump of ${size} bytes by their SHA-256`,
        },
        { check: 'restore', status: 'ok', message: `pg_restore ${postgres.pgRestore.version} ended well` },
        ...restoredChecks(manifest, facts, files),
      ],
      ...{ newestRow: facts.newestRow, tables: facts.catalogue.tables },
    };
  } finally {
    await inside.close();
  }
}

/** What the plan has asked already, and what may have changed since. */
async function mustTakeIt(session: Session, { place, database }: RecoveryRequest, manifest: Manifest): Promise<void> {
  if ((await databaseNamed(session, database)) !== null) {
    throw new WriteFailure('refused', `${place.server} has a database ${database} already`, 'exists', true);
  }
  const folder = place.filestore === null ? null : join(place.filestore, database);
  if (folder !== null && existsSync(folder)) {
    throw new WriteFailure('refused', `${folder} is there already`, 'exists', true);
  }
  const [row] = await session.query({ text: "SELECT current_setting('server_version_num')::int / 10000 AS major" });
  const major = Number(row?.['major']);
  const needs = Number.parseInt(manifest.database.serverVersion, 10);
  if (major < needs) {
    throw new WriteFailure(
      'refused',
      `${place.server} is PostgreSQL ${major}; the dump is of ${needs}, and no older server takes it`,
      'version',
    );
  }
}

async function filesOf({ work, request, world }: Work, folder: string | null): Promise<RestoredFiles> {
  const { filestore } = work.manifest;
  if (filestore === null) {
    return { files: null, why: 'the backup has no files' };
  }
  if (folder === null) {
    return { files: null, why: `no folder for files is named where ${request.database} was restored` };
  }
  world.progress({ words: `restoring ${filestore.files} files` });
  return { files: await restoreFiles(filestore, folder, work.sealing), why: '' };
}

/** The names that were asked for, when all of it is there: until then nothing has them. */
async function named(all: Work, folder: string | null): Promise<void> {
  const { request, operation, world, scratch, session } = all;
  const { place, database, backup, isDrill } = request;
  all.begun.hasNamed = true;
  if (folder !== null && place.filestore !== null && database !== scratch) {
    await rename(folder, join(place.filestore, database));
  }
  const mark = markText({
    ...{ till: isDrill ? 'scratch' : 'restored', operation: operation.id, tenant: backup.tenant },
    ...{ backup: backup.backup, at: instant(world.clock.now()), holds: all.work.manifest.snapshotAt },
  });
  await session.query({ text: 'BEGIN' });
  if (database !== scratch) {
    await session.query({
      text: `ALTER DATABASE ${quotedIdentifier(scratch)} RENAME TO ${quotedIdentifier(database)}`,
    });
  }
  await session.query({ text: commentSql(database, mark) });
  await session.query({ text: 'COMMIT' });
}

/** Null when nothing is left; else what is. */
async function cleanedUp(
  { place, database }: RecoveryRequest,
  { hasNamed }: Begun,
  operation: Operation,
  world: ActWorld,
): Promise<string | null> {
  const names = [...new Set([scratchName(operation.id), ...(hasNamed ? [database] : [])])];
  try {
    for (const name of names) {
      await discard(place, name, operation, world);
    }
    return null;
  } catch (error) {
    return `${names.map((name) => leftWords(place, name)).join(', ')} (${clean(error instanceof Error ? error.message : String(error))})`;
  }
}

function inWords(error: unknown, left: string | null, { signal }: ActWorld): unknown {
  const known =
    error instanceof WriteFailure ||
    error instanceof DamagedBackup ||
    error instanceof ReadFailure ||
    error instanceof TillError;
  if (!known && !signal.aborted && left === null) {
    return error;
  }
  const words = signal.aborted ? 'it was stopped' : clean(error instanceof Error ? error.message : String(error));
  const code = codeOf(error);
  const isMoved = error instanceof WriteFailure && error.moved;
  return left === null
    ? new WriteFailure('refused', `${words}; nothing of it is left`, code, isMoved)
    : new WriteFailure('unknown', `${words}; ${left}`, code);
}

/** `damaged` only where the backup itself is at fault: what a drill finds so is written down against it. */
function codeOf(error: unknown): string | null {
  if (error instanceof DamagedBackup) {
    return error.isSealedForOthers ? 'identity' : 'damaged';
  }
  return error instanceof WriteFailure ? error.code : error instanceof TillError ? error.reason : null;
}
