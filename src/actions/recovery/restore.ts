import { scratchName } from '#backups/database-mark.ts';
import type { BackupProof } from '#backups/manifest.ts';
import { readProof, writeProof } from '#backups/write-proof.ts';
import type { JsonObject } from '#ledger/canonical.ts';
import type { Operation } from '#systems/operation.ts';
import { clean } from '#text/clean.ts';
import { instant } from '#text/clock.ts';
import type { ActWorld, Verdict } from '../action.ts';
import { backupsOf } from '../keeping/catalogue-of.ts';
import type { Plan } from '../plan.ts';
import { databaseNamed, databasesOf } from './databases.ts';
import { maintenanceOf } from './discard.ts';
import { type Recovered, type RecoveryPlace, recover } from './recover.ts';

const kind = 'restore';

/** The one step of a restore: the database is there, checked, and what was found is recorded beside the backup. */
export async function restore(plan: Plan, of: string, operation: Operation, world: ActWorld): Promise<JsonObject> {
  const { place, database, backup, sha256 } = partsOf(plan, world);
  const began = { at: world.clock.now(), from: world.clock.monotonic() };
  const found = await recover(
    { place, database, isDrill: false, backup: { tenant: of, backup, sha256 } },
    operation,
    world,
  );
  const rto = Math.round((world.clock.monotonic() - began.from) / 1000);
  const proof = proofOf(found, { operation: operation.id, tenant: of, at: world.clock.now(), rto, began: began.at });
  const written = await writeProof(await world.store(backupsOf(world).store), operation, kind, proof);
  return {
    ...{ server: place.server, database, filestore: found.filestore, manifest: found.sha256, status: proof.status },
    ...{ proof: written.key, sha256: written.sha256, seconds: { ...found.seconds }, rto, rpo: proof.rpo },
    ended: { ...found.ended },
  };
}

/** What was measured and found, as it lies beside the backup. The recovery point is what would be lost had it begun by a loss. */
export function proofOf(
  found: Recovered,
  about: {
    readonly operation: string;
    readonly tenant: string;
    readonly at: number;
    readonly rto: number;
    readonly began: number;
  },
): BackupProof {
  const point = found.newestRow ?? found.manifest.snapshotAt;
  return {
    ...{ apiVersion: 'till/v1', kind: 'BackupProof', backup: found.manifest.backup, tenant: about.tenant },
    ...{ operation: about.operation, level: 'restored', at: instant(about.at), seconds: { ...found.seconds } },
    status: found.checks.some(({ status }) => status === 'failed') ? 'failed' : 'ok',
    checks: [...found.checks],
    ...{
      rto: about.rto,
      rpo: Math.max(0, Math.round((about.began - Date.parse(point)) / 1000)),
      manifest: found.sha256,
    },
  };
}

interface Parts {
  readonly place: RecoveryPlace;
  readonly database: string;
  readonly backup: string;
  readonly sha256: string;
}

function partsOf({ objects }: Plan, world: Pick<ActWorld, 'estate'>): Parts {
  const [backup, database, folder] = objects;
  const server = database?.cluster ?? '';
  return {
    ...{ database: database?.name ?? '', backup: backup?.name ?? '', sha256: backup?.uid ?? '' },
    place: {
      server,
      purpose: world.estate.postgres[server]?.restore === undefined ? 'recovery' : 'restore',
      filestore: folder === undefined ? null : folder.name.slice(0, -1 - (database?.name ?? '').length),
    },
  };
}

export async function verifyRestore(plan: Plan, of: string, world: ActWorld): Promise<Verdict> {
  const { place, database, backup } = partsOf(plan, world);
  const login = await world.login(place.server, place.purpose);
  const session = await login.reading(maintenanceOf(place.server, world));
  try {
    const row = await databaseNamed(session, database);
    const operation = row?.mark?.operation ?? '';
    const proof = await readProof(await world.store(backupsOf(world).store), kind, { tenant: of, backup, operation });
    if (row === null || proof === null) {
      return { status: 'failed', message: `${database} is not there, or nothing was proven by it` };
    }
    const failed = proof.checks.filter(({ status }) => status === 'failed').map(({ message }) => clean(message));
    return failed.length === 0
      ? {
          status: 'ok',
          message: `${database} is there in ${proof.rto} s: ${proof.checks.map((one) => `${one.check}: ${clean(one.message)}`).join('; ')}`,
          after: proof.level,
        }
      : {
          status: 'failed',
          message: `${database} is there, and is not what was backed up: ${failed.join('; ')}`,
          after: 'damaged',
        };
  } finally {
    await session.close();
  }
}

/** It gets its name when it is whole: until then there is at most a scratch database of the operation's own name. */
export async function findRestore(
  plan: Plan,
  world: ActWorld,
  operation: string,
): Promise<'applied' | 'absent' | 'indeterminate'> {
  const { place, database } = partsOf(plan, world);
  const login = await world.login(place.server, place.purpose);
  const session = await login.reading(maintenanceOf(place.server, world));
  try {
    const rows = await databasesOf(session, [database, scratchName(operation)]);
    if (rows.some(({ name, mark }) => name === database && mark?.operation === operation)) {
      return 'applied';
    }
    return rows.some(({ name }) => name === scratchName(operation)) ? 'indeterminate' : 'absent';
  } finally {
    await session.close();
  }
}
