import { type Catalogue, type Kept, readCatalogue } from '#backups/catalogue.ts';
import { trustedKeys } from '#backups/read-backups.ts';
import type { Estate } from '#estate/estate.ts';
import type { ObjectStore } from '#systems/storage/store.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import type { PlanWorld } from '../action.ts';

/** An action reads what is there now, and trusts nothing of an earlier run. */
const nothingKept: Kept = { read: async () => undefined, write: async () => undefined };

export type Backups = NonNullable<Estate['backups']>;

/** Throws TillError (exit 2) where the estate names no store. */
export function backupsOf({ estate }: Pick<PlanWorld, 'estate'>): Backups {
  if (estate.backups === undefined) {
    throw new TillError('the estate names no store for backups', {
      exit: exitCodes.usage,
      reason: 'no-store',
      next: 'till backups shows what to add to it',
    });
  }
  return estate.backups;
}

export async function catalogueOf(
  tenant: string,
  world: PlanWorld,
): Promise<Catalogue & { readonly store: ObjectStore; readonly name: string }> {
  const { store: name } = backupsOf(world);
  const store = await world.store(name);
  const catalogue = await readCatalogue({
    store,
    kept: nothingKept,
    tenants: [tenant],
    trusted: await trustedKeys(world),
  });
  return { ...catalogue, store, name };
}
