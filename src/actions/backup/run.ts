import { signingKey } from '#backups/signature.ts';
import { type Made, makeBackup } from '#backups/write/backup.ts';
import type { Operation } from '#systems/operation.ts';
import { ReadFailure } from '#systems/source.ts';
import { WriteFailure } from '#systems/write-failure.ts';
import { clean } from '#text/clean.ts';
import { TillError } from '#text/till-error.ts';
import type { ActWorld } from '../action.ts';
import { backupsOf, catalogueOf } from '../keeping/catalogue-of.ts';
import { configurationOf } from './configuration.ts';
import { filestoreAsked } from './filestore.ts';
import { expectedDump, meterOf } from './meter.ts';
import { databaseOf, findDatabase, programsEnvOf, programsFor } from './sources.ts';

/** Everything that a backup needs, opened, and the backup made. Throws WriteFailure: there is none then. */
export async function runBackup(operation: Operation, world: ActWorld): Promise<Made> {
  const { tenant = null } = world;
  if (tenant === null) {
    throw new WriteFailure('refused', 'the tenant is not known any longer; nothing was written', null, true);
  }
  const backups = backupsOf(world);
  const { server, database } = databaseOf(tenant);
  const { login, store, signing, programs, filestore, expected } = await opened(async () => {
    const [login, catalogue, signing, { facts }] = await Promise.all([
      world.login(server, 'backup'),
      catalogueOf(tenant.name, world),
      backups.signing === undefined ? null : world.secret(backups.signing).then(signingKey),
      findDatabase({ server, database }, world),
    ]);
    if (facts === null) {
      throw new ReadFailure('unreachable', `${database} on ${server} does not answer`);
    }
    const programs = await programsFor(facts.serverVersion, world);
    const filestore = await filestoreAsked(tenant, catalogue.backups, programs.sealing, world);
    const expected = expectedDump(facts, catalogue.backups[0]);
    return { login, store: catalogue.store, signing, programs, filestore, expected };
  });
  const inTime = AbortSignal.timeout(Math.max(1, Math.floor(world.deadline - world.clock.monotonic())));
  try {
    return await makeBackup({
      ...{ operation, estate: world.estate.name, tenant: tenant.name, database, login, store, signing, filestore },
      sealer: { programs: programs.sealing, recipients: backups.recipients },
      ...{ postgres: programs.postgres, budget: backups.budget, clock: world.clock, env: programsEnvOf(world) },
      signal: AbortSignal.any([world.signal, inTime]),
      hearing: meterOf(world, { database, expected }),
      configuration: () => configurationOf(tenant, world),
    });
  } finally {
    await filestore?.source.close();
  }
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
