import { signingKey } from '#backups/signature.ts';
import { type Made, makeBackup } from '#backups/write/backup.ts';
import type { Operation } from '#systems/operation.ts';
import { ReadFailure } from '#systems/source.ts';
import { WriteFailure } from '#systems/write-failure.ts';
import { clean } from '#text/clean.ts';
import { size } from '#text/size.ts';
import { TillError } from '#text/till-error.ts';
import type { ActWorld } from '../action.ts';
import { backupsOf } from '../keeping/catalogue-of.ts';
import { databaseOf, findDatabase, programsEnvOf, programsFor } from './sources.ts';

/** Everything that a backup needs, opened, and the backup made. Throws WriteFailure: there is none then. */
export async function runBackup(operation: Operation, world: ActWorld): Promise<Made> {
  const { tenant = null } = world;
  if (tenant === null) {
    throw new WriteFailure('refused', 'the tenant is not known any longer; nothing was written', null, true);
  }
  const backups = backupsOf(world);
  const { server, database } = databaseOf(tenant);
  const inTime = AbortSignal.timeout(Math.max(1, Math.floor(world.deadline - world.clock.monotonic())));
  const prepared = await opened(async () => {
    const [login, store, signing, found] = await Promise.all([
      world.login(server, 'backup'),
      world.store(backups.store),
      backups.signing === undefined ? null : world.secret(backups.signing).then(signingKey),
      findDatabase({ server, database }, world),
    ]);
    const { postgres, sealing } = await programsFor(found.facts?.serverVersion ?? '', world);
    return { login, store, signing, postgres, sealing };
  });
  const { login, store, signing, postgres, sealing } = prepared;
  let dumped = 0;
  return makeBackup({
    ...{ operation, estate: world.estate.name, tenant: tenant.name, database, login, store, postgres, signing },
    sealer: { programs: sealing, recipients: backups.recipients },
    ...{ budget: backups.budget, clock: world.clock, env: programsEnvOf(world) },
    signal: AbortSignal.any([world.signal, inTime]),
    onDumped(bytes) {
      dumped += bytes;
      world.progress({ words: `dumping ${database}, ${size(dumped)}` });
    },
  });
}

/** Nothing has been written yet: whatever fails here is a refusal. */
async function opened<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ReadFailure || error instanceof TillError) {
      const next = error instanceof TillError && error.next !== null ? `; ${error.next}` : '';
      throw new WriteFailure('refused', `${clean(error.message)}${next}; nothing was written`);
    }
    throw error;
  }
}
