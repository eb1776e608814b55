import { type Catalogue, type CatalogueEntry, isUsable } from '#backups/catalogue.ts';
import { each } from '#backups/each.ts';
import { backupFolder, manifestKey } from '#backups/layout.ts';
import { partsOf } from '#backups/manifest-file.ts';
import { type Candidate, judge, type Retention } from '#backups/retention.ts';
import type { Estate, Tenant } from '#estate/estate.ts';
import type { ObjectReader } from '#systems/storage/store.ts';

export interface HeldBackup extends Candidate {
  readonly entry: CatalogueEntry;
}

/** What would go of one tenant: whole backups, what a dead process left, and packs that nobody needs any more. */
export interface Pruning {
  readonly retention: Retention<HeldBackup>;
  readonly gone: readonly HeldBackup[];
  readonly leftovers: Catalogue['leftovers'];
  /** Keys. */
  readonly packs: readonly string[];
}

/** What was written less than this long ago may belong to a backup that is being made, also by another machine. */
export const graceMs = 48 * 3_600_000;

/** Reads only. Asks the store for the lock of what the rules would let go. */
export async function pruningOf(
  tenant: Tenant,
  { backups, leftovers, store }: Catalogue & { readonly store: ObjectReader },
  { tiers, now }: { readonly tiers: Estate['tiers']; readonly now: number },
): Promise<Pruning> {
  const policy = tenant.tier === null ? undefined : tiers[tenant.tier]?.backup;
  const rules = { now, timezone: tenant.timezone };
  const held = backups.map(heldOf);
  const unlocked = judge(held, policy, rules).judged.filter(({ keep }) => !keep);
  const locks = new Map(
    await each(unlocked, 4, async ({ candidate }) => [candidate.backup, await lockOf(candidate.entry, store)] as const),
  );
  const retention = judge(
    held.map((one) => ({ ...one, lockedUntil: locks.get(one.backup) ?? null })),
    policy,
    rules,
  );
  const gone = retention.judged.filter(({ keep }) => !keep).map(({ candidate }) => candidate);
  const isOld = (at: string) => now - Date.parse(at) > graceMs;
  const old = leftovers.filter(({ kind, at }) => isOld(at) && (kind === 'no manifest' || kind === 'unfinished upload'));
  const orphans = leftovers.filter(({ kind, at }) => kind === 'orphan pack' && isOld(at)).map(({ key }) => key);
  const isDoubtful = leftovers.some(({ kind }) => kind === 'unreadable');
  return {
    ...{ retention, gone, leftovers: old },
    packs: isDoubtful ? [] : await unlockedOnly([...packsOnlyOf(gone, backups), ...orphans], store, now),
  };
}

function heldOf(entry: CatalogueEntry): HeldBackup {
  return {
    ...{ entry, backup: entry.backup, snapshotAt: Date.parse(entry.manifest.snapshotAt), isUsable: isUsable(entry) },
    proven: entry.level === 'recorded' ? null : entry.level,
    ...{ isForged: entry.signature === 'wrong', lockedUntil: null },
  };
}

/** The latest lock of anything that is its own. */
async function lockOf({ tenant, backup, manifest }: CatalogueEntry, store: ObjectReader): Promise<number | null> {
  const own = partsOf(manifest).filter(({ key }) => key.startsWith(backupFolder(tenant, backup)));
  const keys = [manifestKey(tenant, backup), ...own.map(({ key }) => key)];
  const until = await each(keys, 4, async (key) => Date.parse((await store.head(key))?.lockedUntil ?? ''));
  const locked = until.filter((at) => !Number.isNaN(at));
  return locked.length === 0 ? null : Math.max(...locked);
}

function packsOnlyOf(gone: readonly HeldBackup[], all: readonly CatalogueEntry[]): readonly string[] {
  const goes = new Set(gone.map(({ backup }) => backup));
  const packs = (entries: readonly CatalogueEntry[]) =>
    entries.flatMap(({ manifest }) => manifest.filestore?.packs.map(({ key }) => key) ?? []);
  const needed = new Set(packs(all.filter(({ backup }) => !goes.has(backup))));
  return [...new Set(packs(all.filter(({ backup }) => goes.has(backup))))].filter((key) => !needed.has(key)).sort();
}

async function unlockedOnly(keys: readonly string[], store: ObjectReader, now: number): Promise<readonly string[]> {
  const free = await each(keys, 8, async (key) => {
    const until = Date.parse((await store.head(key))?.lockedUntil ?? '');
    return Number.isNaN(until) || until <= now ? key : null;
  });
  return free.filter((key) => key !== null);
}
