import type { KeyObject } from 'node:crypto';
import type { Operation } from '#systems/operation.ts';
import type { DatabaseLogin } from '#systems/postgres/login.ts';
import type { ObjectStore } from '#systems/storage/store.ts';
import { WriteFailure } from '#systems/write-failure.ts';
import type { Clock } from '#text/clock.ts';
import { version } from '#text/version.ts';
import type { Manifest, Part } from '../manifest.ts';
import { partsOf, writeManifest } from '../manifest-file.ts';
import type { PostgresPrograms } from '../programs.ts';
import { budgetOf } from './budget.ts';
import { dumpDatabase } from './dump.ts';
import { wordsOf } from './failure.ts';
import { usualPartSize } from './parts.ts';
import type { Sealer } from './seal.ts';
import { takeSnapshot } from './snapshot.ts';
import { type Written, writtenBy } from './written.ts';

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
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly onDumped: (bytes: number) => void;
  readonly partSize?: number;
}

export interface Made {
  readonly manifest: Manifest;
  readonly sha256: string;
}

/**
 * One backup, whole or not at all: the database, then what belongs to it, and the manifest when everything else lies in the store
 * (facts: data-tier.md §2.1). Whatever fails, what was written is taken away again and nothing is listed; what could not be is
 * named. Throws WriteFailure.
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
  const { operation, store, tenant, database, login, sealer, postgres, clock, env, signal } = request;
  const backup = operation.id;
  const startedAt = new Date(clock.now()).toISOString();
  const budget = budgetOf(request.budget, clock);
  const snapshot = await takeSnapshot(login, database, signal);
  const dumped = await dumpDatabase(snapshot, {
    ...{ tenant, backup, database, login, postgres, sealer, written, budget, env, signal },
    ...{ partSize: request.partSize ?? usualPartSize, onBytes: request.onDumped },
  }).finally(() => snapshot.close());
  const manifest: Manifest = {
    ...{ apiVersion: 'till/v1', kind: 'BackupManifest', backup, tenant, estate: request.estate },
    ...{ snapshotAt: snapshot.at, startedAt, endedAt: new Date(clock.now()).toISOString(), till: version },
    ...{ database: dumped.database, filestore: null, configuration: null },
    odoo: { ...dumped.odoo, images: {} },
    encryption: { format: 'age', recipients: [...sealer.recipients] },
  };
  await mustLie(store, partsOf(manifest));
  signal.throwIfAborted();
  const sha256 = await written.commit(() => writeManifest(store, operation, manifest, request.signing));
  return { manifest, sha256 };
}

/** A store may have said yes and hold something else: that is found before anything calls itself a backup. */
async function mustLie(store: ObjectStore, parts: readonly Part[]): Promise<void> {
  for (const { key, size } of parts) {
    const held = await store.head(key);
    if (held?.size !== size) {
      const what = held === null ? 'it is not there' : `it holds ${held.size} of ${size} bytes`;
      throw new WriteFailure('refused', `${store.name} said that ${key} was written, but ${what}`);
    }
  }
}
