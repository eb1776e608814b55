import type { KeyObject } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Operation } from '#systems/operation.ts';
import type { DatabaseLogin } from '#systems/postgres/login.ts';
import type { ObjectStore } from '#systems/storage/store.ts';
import { WriteFailure } from '#systems/write-failure.ts';
import type { Clock } from '#text/clock.ts';
import { version } from '#text/version.ts';
import { backupFolder, configurationKey, packFolder } from '../layout.ts';
import type { Manifest, Part } from '../manifest.ts';
import { partsOf, writeManifest } from '../manifest-file.ts';
import { backUpFilestore, type FilestoreAsked } from '../packing/back-up.ts';
import type { FilesWritten } from '../packing/files.ts';
import type { PostgresPrograms } from '../programs.ts';
import { budgetOf } from './budget.ts';
import { dumpDatabase } from './dump.ts';
import { wordsOf } from './failure.ts';
import { usualPartSize } from './parts.ts';
import { type Sealer, sealedPart } from './seal.ts';
import { takeSnapshot } from './snapshot.ts';
import { type Written, writtenBy } from './written.ts';

/** What belongs to a tenant beside its rows and files: it goes into the backup sealed, as JSON. */
export interface Configuration {
  readonly json: unknown;
  /** Image by container, with its digest where that is known. */
  readonly images: Readonly<Record<string, string>>;
  /** What could not be read, and why. */
  readonly notRead: readonly string[];
}

/** Told as it goes; numbers add up. */
export interface Hearing {
  /** Bytes that pg_dump has written. */
  dumped(bytes: number): void;
  /** What of the filestore is not in the store yet. */
  newFiles(files: number, bytes: number): void;
  packed(bytes: number): void;
  phase(phase: 'database' | 'filestore' | 'configuration' | 'manifest'): void;
}

export interface BackupRequest {
  readonly operation: Operation;
  readonly estate: string;
  readonly tenant: string;
  readonly database: string;
  readonly login: DatabaseLogin;
  readonly store: ObjectStore;
  readonly sealer: Sealer;
  readonly postgres: Pick<PostgresPrograms, 'pgDump'>;
  /** Null: nobody signs. */
  readonly signing: KeyObject | null;
  /** Bytes a second; undefined: as fast as it goes. */
  readonly budget: number | undefined;
  /** Null: the tenant has none that can be read. */
  readonly filestore: FilestoreAsked | null;
  configuration(): Promise<Configuration>;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly hearing: Hearing;
  readonly partSize?: number;
}

export interface Made {
  readonly manifest: Manifest;
  /** Of the manifest. */
  readonly sha256: string;
  readonly files: FilesWritten | null;
  readonly notRead: readonly string[];
}

/**
 * One backup, whole or not at all: the database, then the filestore, then the configuration, and the manifest when everything else lies
 * in the store (facts: data-tier.md §2.1). Whatever fails, what was written is taken away again and nothing is listed; what could not
 * be is named. Throws WriteFailure.
 */
export async function makeBackup(request: BackupRequest): Promise<Made> {
  const { operation, store, tenant, signal } = request;
  const written = writtenBy(operation, store, { tenant, backup: operation.id });
  try {
    return await made(request, written);
  } catch (error) {
    const words = wordsOf(error, signal.aborted);
    const left = await written.undo();
    const [first] = left;
    throw left.some((key) => key.endsWith('/manifest.json'))
      ? new WriteFailure('unknown', `${words}; ${first} may be there, and its parts were left`)
      : new WriteFailure(
          'refused',
          first === undefined
            ? `${words}; there is no backup, and what was written of it was taken away`
            : `${words}; there is no backup, but ${left.length} objects of it could not be taken away, such as ${first}: till prune ${tenant} does`,
        );
  }
}

async function made(request: BackupRequest, written: Written): Promise<Made> {
  const { operation, store, tenant, sealer, clock, signal, hearing } = request;
  const backup = operation.id;
  const startedAt = new Date(clock.now()).toISOString();
  const budget = budgetOf(request.budget, clock);
  // A worker before this one may have died in the middle of the same backup.
  await written.clear();
  hearing.phase('database');
  const { dumped, snapshotAt } = await databaseOf(request, written);
  hearing.phase('filestore');
  const files =
    request.filestore === null
      ? null
      : await backUpFilestore(request.filestore, {
          ...{ tenant, backup, store, written, sealer, budget, signal, referenced: dumped.referenced },
          ...{ onNew: hearing.newFiles, onBytes: hearing.packed },
        });
  hearing.phase('configuration');
  const { json, images, notRead } = await request.configuration();
  const plain = Readable.from([Buffer.from(JSON.stringify(json))], { objectMode: false });
  const configuration = await sealedPart(plain, sealer, signal, (cipher) =>
    written.upload(configurationKey(tenant, backup), cipher, { signal }),
  );
  hearing.phase('manifest');
  const manifest: Manifest = {
    ...{ apiVersion: 'till/v1', kind: 'BackupManifest', backup, tenant, estate: request.estate },
    ...{ snapshotAt, startedAt, endedAt: new Date(clock.now()).toISOString(), till: version },
    ...{ database: dumped.database, filestore: files?.filestore ?? null, configuration },
    odoo: { ...dumped.odoo, images: { ...images } },
    encryption: { format: 'age', recipients: [...sealer.recipients] },
  };
  await mustLie(store, manifest);
  signal.throwIfAborted();
  const sha256 = await written.commit(() => writeManifest(store, operation, manifest, request.signing));
  if (files !== null) {
    await request.filestore?.keep(files);
  }
  return { manifest, sha256, files, notRead };
}

async function databaseOf(request: BackupRequest, written: Written) {
  const { operation, tenant, database, login, sealer, postgres, env, signal, hearing } = request;
  const snapshot = await takeSnapshot(login, database, signal);
  try {
    const dumped = await dumpDatabase(snapshot, {
      ...{ tenant, backup: operation.id, database, login, postgres, sealer, written, env, signal },
      ...{ partSize: request.partSize ?? usualPartSize, bytesPerSecond: request.budget, onBytes: hearing.dumped },
    });
    return { dumped, snapshotAt: snapshot.at };
  } finally {
    await snapshot.close();
  }
}

/** A store may have said yes and hold something else: that is found before anything calls itself a backup. */
async function mustLie(store: ObjectStore, manifest: Manifest): Promise<void> {
  const held = new Map<string, number>();
  for (const prefix of [backupFolder(manifest.tenant, manifest.backup), packFolder(manifest.tenant)]) {
    for await (const { key, size } of store.list(prefix)) {
      held.set(key, size);
    }
  }
  const wrong = partsOf(manifest).find(({ key, size }) => held.get(key) !== size);
  if (wrong !== undefined) {
    throw new WriteFailure(
      'refused',
      `${store.name} has ${wrong.key} no longer as it was written: ${lying(wrong, held)}`,
    );
  }
}

function lying({ key, size }: Part, held: ReadonlyMap<string, number>): string {
  const there = held.get(key);
  return there === undefined ? 'it is not there' : `it holds ${there} of ${size} bytes`;
}
