import { backupFolder, manifestKey, signatureKey } from '#backups/layout.ts';
import { readManifest } from '#backups/manifest-file.ts';
import type { Operation } from '#systems/operation.ts';
import { ReadFailure } from '#systems/source.ts';
import type { ObjectStore } from '#systems/storage/store.ts';
import { WriteFailure } from '#systems/write-failure.ts';
import type { ActWorld, Step } from '../action.ts';
import type { Plan, PlanObject } from '../plan.ts';
import { catalogueOf } from './catalogue-of.ts';

export const kinds = {
  backup: 'backup',
  unfinished: 'unfinished backup',
  upload: 'unfinished upload',
  pack: 'pack',
} as const;

/** The manifest goes first: from then on it is no backup, whatever of it is left. Packs go last, when it is known who needs them. */
export function pruneSteps({ objects }: Plan): readonly Step[] {
  const of = (kind: string) => objects.filter((object) => object.kind === kind);
  const backups = of(kinds.backup);
  const others = [...of(kinds.unfinished), ...of(kinds.upload)];
  const packs = of(kinds.pack);
  return [
    ...(backups.length === 0
      ? []
      : [
          {
            name: 'remove-backups',
            words: `removing ${backups.length} backups`,
            run: (operation: Operation, world: ActWorld) =>
              eachOf(backups, world, (object, store) => removeBackup(object, store, operation)),
          },
        ]),
    ...(others.length === 0
      ? []
      : [
          {
            name: 'remove-leftovers',
            words: `removing what ${others.length} unfinished backups left`,
            run: (operation: Operation, world: ActWorld) =>
              eachOf(others, world, (object, store) => removeLeftover(object, store, operation)),
          },
        ]),
    ...(packs.length === 0
      ? []
      : [
          {
            name: 'remove-packs',
            words: `removing ${packs.length} packs that nobody needs`,
            run: (operation: Operation, world: ActWorld) => removePacks(packs, operation, world),
          },
        ]),
  ];
}

async function eachOf(
  objects: readonly PlanObject[],
  world: ActWorld,
  remove: (object: PlanObject, store: ObjectStore) => Promise<number>,
) {
  let removed = 0;
  for (const [index, object] of objects.entries()) {
    if (world.signal.aborted) {
      throw new WriteFailure(index === 0 ? 'refused' : 'unknown', `stopped after ${index} of ${objects.length}`);
    }
    world.progress({ words: `removing ${object.kind} ${object.name}`, done: index, of: objects.length });
    removed += await remove(object, await world.store(object.cluster ?? ''));
  }
  return { removed };
}

async function removeBackup(object: PlanObject, store: ObjectStore, operation: Operation): Promise<number> {
  const [tenant, backup] = [object.tenant ?? '', object.name];
  if ((await store.head(manifestKey(tenant, backup))) !== null) {
    const { sha256 } = await readManifest(store, tenant, backup);
    if (sha256 !== object.uid) {
      throw new WriteFailure('refused', `the manifest of ${backup} is another one than was planned`, null, true);
    }
    await store.remove(operation, manifestKey(tenant, backup));
  }
  await store.remove(operation, signatureKey(tenant, backup));
  return removeBelow(backupFolder(tenant, backup), store, operation);
}

async function removeLeftover(object: PlanObject, store: ObjectStore, operation: Operation): Promise<number> {
  const [tenant, name] = [object.tenant ?? '', object.name];
  if (object.kind === kinds.upload) {
    await store.discard(operation, name);
    return 1;
  }
  if ((await store.head(manifestKey(tenant, name))) !== null) {
    throw new WriteFailure('refused', `${name} has a manifest by now: it is a backup`, null, true);
  }
  return removeBelow(backupFolder(tenant, name), store, operation);
}

async function removeBelow(folder: string, store: ObjectStore, operation: Operation): Promise<number> {
  const keys: string[] = [];
  for await (const { key } of store.list(folder)) {
    keys.push(key);
  }
  for (const key of keys) {
    await store.remove(operation, key);
  }
  return keys.length;
}

/** What is there now decides: a backup that was made since may need one of them. */
async function removePacks(packs: readonly PlanObject[], operation: Operation, world: ActWorld) {
  const { store, leftovers } = await catalogueOf(packs[0]?.tenant ?? '', world);
  const isDoubtful = leftovers.some(({ kind }) => kind === 'unreadable');
  const unneeded = new Set(leftovers.filter(({ kind }) => kind === 'orphan pack').map(({ key }) => key));
  const gone = isDoubtful ? [] : packs.filter(({ name }) => unneeded.has(name));
  return {
    ...(await eachOf(gone, world, async ({ name }) => {
      await store.remove(operation, name);
      return 1;
    })),
    kept: packs.length - gone.length,
  };
}

/** How many of the planned objects are still there. Throws ReadFailure. */
export async function stillThere({ objects }: Plan, world: ActWorld): Promise<number> {
  const { backups, leftovers } = await catalogueOf(objects[0]?.tenant ?? '', world);
  const ids = new Set(backups.map(({ backup }) => backup));
  const keys = new Set(leftovers.flatMap(({ key, backup }) => [key, ...(backup === null ? [] : [backup])]));
  const needed = new Set(backups.flatMap(({ manifest }) => manifest.filestore?.packs.map(({ key }) => key) ?? []));
  return objects.filter(({ kind, name }) => {
    if (kind === kinds.backup) {
      return ids.has(name) || keys.has(name);
    }
    return keys.has(name) && !(kind === kinds.pack && needed.has(name));
  }).length;
}

export function asWriteFailure(error: unknown): unknown {
  return error instanceof ReadFailure ? new WriteFailure('unknown', error.message, error.code) : error;
}
