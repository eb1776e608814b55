import { readCatalogue } from '#backups/catalogue.ts';
import { trustedKeys } from '#backups/read-backups.ts';
import { standingOf } from '#backups/standing.ts';
import type { Tenant } from '#estate/estate.ts';
import { stateFolder } from '#health/state-folder.ts';
import { ReadFailure } from '#systems/source.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import type { PlanWorld } from '../action.ts';
import { backupsOf } from '../keeping/catalogue-of.ts';

/** Those of them who are owed a backup now, as `till backups --due` has it; longest overdue first. Throws TillError (exit 7) where the store is away. */
export async function owedBackup(tenants: readonly Tenant[], world: PlanWorld): Promise<readonly Tenant[]> {
  const { estate, clock, env } = world;
  const { store: name } = backupsOf(world);
  const { backups } = await answering(name, async () =>
    readCatalogue({
      ...{ store: await world.store(name), kept: stateFolder(estate.id, env), trusted: await trustedKeys(world) },
      tenants: tenants.map((tenant) => tenant.name),
    }),
  );
  const byTenant = Map.groupBy(backups, ({ tenant }) => tenant);
  const now = clock.now();
  return tenants
    .map((tenant) => ({
      tenant,
      standing: standingOf(tenant, byTenant.get(tenant.name) ?? [], [], { tiers: estate.tiers, now }),
    }))
    .filter(({ standing }) => standing.owed.includes('backup'))
    .toSorted((a, b) => dueAt(a.standing) - dueAt(b.standing))
    .map(({ tenant }) => tenant);
}

/** Without its store nobody can say who is owed anything: that must not look like nobody. */
async function answering<T>(store: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ReadFailure) {
      throw new TillError(error.message, {
        ...{ exit: exitCodes.unreachable, reason: error.reason, target: store, cause: error },
      });
    }
    throw error;
  }
}

/** Who never had one comes first. */
function dueAt({ backup, nextDueAt }: ReturnType<typeof standingOf>): number {
  return backup === null ? 0 : Date.parse(nextDueAt ?? '');
}
