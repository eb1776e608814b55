import { type CatalogueEntry, isUsable, readCatalogue } from '#backups/catalogue.ts';
import { trustedKeys } from '#backups/read-backups.ts';
import type { Tenant } from '#estate/estate.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import type { PlanWorld } from '../action.ts';
import { backupsOf } from '../keeping/catalogue-of.ts';

/**
 * The `count` of these whose last good restore is oldest, never proven ones first; of those, whoever was tried longest ago, so that one
 * that fails every night does not keep the others waiting. Whoever has no backup has nothing to rehearse: `till backups --due` names them.
 */
export async function withOldestProof(
  count: number,
  tenants: readonly Tenant[],
  world: PlanWorld,
): Promise<readonly Tenant[]> {
  const { backups } = await readCatalogue({
    store: await world.store(backupsOf(world).store),
    kept: { read: async () => undefined, write: async () => undefined },
    tenants: tenants.map(({ name }) => name),
    trusted: await trustedKeys(world),
  });
  const byTenant = Map.groupBy(backups, ({ tenant }) => tenant);
  const ready = tenants.flatMap((tenant) => {
    const entries = byTenant.get(tenant.name) ?? [];
    return entries.some(isUsable) ? [{ tenant, ...lastOf(entries) }] : [];
  });
  if (ready.length === 0) {
    // A schedule that rehearses nothing must not pass for one that does.
    throw new TillError('none of the chosen tenants has a whole backup to rehearse', {
      exit: exitCodes.usage,
      reason: 'unknown-backup',
      next: 'till backups --due lists who is owed one',
    });
  }
  return ready
    .toSorted((a, b) => a.provenAt - b.provenAt || a.triedAt - b.triedAt || (a.tenant.name < b.tenant.name ? -1 : 1))
    .slice(0, count)
    .map(({ tenant }) => tenant);
}

/** Epoch milliseconds; 0 for never. */
export function lastOf(entries: readonly CatalogueEntry[]): { readonly provenAt: number; readonly triedAt: number } {
  const proofs = entries
    .flatMap((entry) => entry.proofs)
    .filter(({ level }) => level === 'restored' || level === 'served');
  const newest = (all: typeof proofs) => Math.max(0, ...all.map(({ at }) => Date.parse(at)));
  return { provenAt: newest(proofs.filter(({ status }) => status === 'ok')), triedAt: newest(proofs) };
}
