import type { Estate, Tenant } from '#estate/estate.ts';
import type { SecretReference } from '#estate/schema.ts';
import { ReadFailure } from '#systems/source.ts';
import type { ObjectStore } from '#systems/storage/store.ts';
import type { Clock } from '#text/clock.ts';
import { type Catalogue, type CatalogueEntry, type Kept, readCatalogue } from './catalogue.ts';
import { type OthersWorld, type ReadOthers, readOthers } from './read-others.ts';
import { publicKeyOf, signingKey } from './signature.ts';
import { standingOf, type TenantStanding } from './standing.ts';

export interface BackupsWorld extends OthersWorld {
  readonly clock: Clock;
  store(name: string): Promise<ObjectStore>;
  secret(reference: SecretReference): Promise<string>;
}

/** Ours and others' backups of some tenants, and how each of them stands. */
export interface BackupsPicture extends ReadOthers {
  /** The store of the estate's `backups`; null where it names none. */
  readonly store: string | null;
  /** Newest first. */
  readonly ours: readonly CatalogueEntry[];
  readonly leftovers: Catalogue['leftovers'];
  readonly standings: readonly TenantStanding[];
}

export async function readBackups(
  world: BackupsWorld,
  tenants: readonly Tenant[],
  { kept, isEverybody }: { readonly kept: Kept; readonly isEverybody: boolean },
): Promise<BackupsPicture> {
  const { estate, clock } = world;
  const [own, others] = await Promise.all([ownBackups(world, tenants, kept, isEverybody), readOthers(world, tenants)]);
  const byTenant = Map.groupBy(own.backups, ({ tenant }) => tenant);
  const now = clock.now();
  return {
    ...others,
    store: estate.backups?.store ?? null,
    ours: own.backups,
    leftovers: own.leftovers,
    failures: [...own.failures, ...others.failures],
    standings: tenants.map((tenant) =>
      standingOf(
        tenant,
        byTenant.get(tenant.name) ?? [],
        [
          ...others.windows.filter((window) => window.tenants.includes(tenant.name)),
          ...others.backups
            .filter((backup) => backup.status === 'ok' && backup.tenants.includes(tenant.name))
            // Objects of a cluster, not the rows of a database.
            .filter(({ source }) => source !== 'velero')
            .map(({ source, at }) => ({ source, until: at })),
        ],
        { tiers: estate.tiers, now },
      ),
    ),
  };
}

async function ownBackups(
  world: BackupsWorld,
  tenants: readonly Tenant[],
  kept: Kept,
  isEverybody: boolean,
): Promise<Catalogue & { readonly failures: readonly { readonly source: string; readonly message: string }[] }> {
  const name = world.estate.backups?.store;
  if (name === undefined) {
    return { backups: [], leftovers: [], failures: [] };
  }
  try {
    const store = await world.store(name);
    const narrowed = isEverybody ? {} : { tenants: tenants.map((tenant) => tenant.name) };
    return { ...(await readCatalogue({ store, kept, trusted: await trustedKeys(world), ...narrowed })), failures: [] };
  } catch (error) {
    if (!(error instanceof ReadFailure)) {
      throw error;
    }
    return { backups: [], leftovers: [], failures: [{ source: `store ${name}`, message: error.message }] };
  }
}

/** Whose signatures are believed: the public keys that the estate names, and that of its own signing key where it can be read. */
export async function trustedKeys({
  estate: { backups },
  secret,
}: {
  readonly estate: Pick<Estate, 'backups'>;
  secret(reference: SecretReference): Promise<string>;
}): Promise<readonly string[]> {
  if (backups?.signing === undefined) {
    return backups?.signers ?? [];
  }
  try {
    return [...backups.signers, publicKeyOf(signingKey(await secret(backups.signing)))];
  } catch {
    // Whoever only reads backups need not hold the key that signs them.
    return backups.signers;
  }
}
