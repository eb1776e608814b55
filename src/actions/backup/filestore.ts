import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CatalogueEntry } from '#backups/catalogue.ts';
import type { Sealing } from '#backups/open-sealed.ts';
import { type FilestoreAsked, keepingIn } from '#backups/packing/back-up.ts';
import { folderSource } from '#backups/packing/folder-source.ts';
import type { FileSource } from '#backups/packing/source.ts';
import { storeSource } from '#backups/packing/store-source.ts';
import type { Tenant } from '#estate/estate.ts';
import { stateHome } from '#health/state-folder.ts';
import type { Blocker } from '#policy/refusal.ts';
import { ReadFailure } from '#systems/source.ts';
import type { PlanWorld } from '../action.ts';
import { mountedFilestore } from '../executor/filestore.ts';
import { backupsOf } from '../keeping/catalogue-of.ts';

/** Where a tenant's filestore is, for a plan: a sentence that does not move by itself; null where nobody said. */
export function filestoreWords({ filestore }: Pick<Tenant, 'filestore'>): string | null {
  if (filestore === undefined) {
    return null;
  }
  if ('path' in filestore) {
    return filestore.path;
  }
  if ('s3' in filestore) {
    const { endpoint, bucket, prefix } = filestore.s3;
    return `bucket ${bucket}${prefix === '' ? '' : `/${prefix}`} at ${endpoint}`;
  }
  const { cluster, namespace, claim, path } = filestore.volume;
  return `${path === '' ? '' : `${path} of `}claim ${namespace}/${claim} of ${cluster}`;
}

/** Null where nobody said where it is. Throws ReadFailure where it cannot be read from here. */
export async function filestoreAsked(
  tenant: Tenant,
  earlier: readonly CatalogueEntry[],
  programs: Sealing['programs'],
  world: PlanWorld,
): Promise<FilestoreAsked | null> {
  const source = await sourceOf(tenant, world);
  if (source === null) {
    return null;
  }
  const folder = indexFolder(world);
  return {
    source,
    earlier,
    programs,
    identity: await identityHere(world),
    folder,
    keep: keepingIn(folder, tenant.name),
  };
}

async function sourceOf({ name, filestore }: Tenant, world: PlanWorld): Promise<FileSource | null> {
  if (filestore === undefined) {
    return null;
  }
  if ('path' in filestore) {
    return mustBeThere(filestore.path);
  }
  if ('s3' in filestore) {
    const { openStore } = await import('#systems/storage/open.ts');
    const what = `the filestore of ${name}`;
    const { secret, clock } = world;
    return storeSource(await openStore({ name: what, config: { s3: filestore.s3 }, secret, clock }), what);
  }
  const path = mountedFilestore(filestore, world.env);
  if (path === null) {
    throw new ReadFailure('unsupported', `the filestore of ${name} lies on a volume that is not mounted here`);
  }
  return mustBeThere(path);
}

/** Known before hours are spent on a dump. */
async function mustBeThere(path: string): Promise<FileSource> {
  const found = await stat(path).catch(() => null);
  if (found?.isDirectory() !== true) {
    throw new ReadFailure('not-probed', `the filestore ${path} is not there, or may not be looked at by this user`);
  }
  return folderSource(path);
}

/** Why the filestore cannot be read by a worker of this host; null where it can. What a bucket holds is asked when it is listed. */
export async function filestoreFlaw({ filestore }: Tenant): Promise<Blocker | null> {
  if (filestore === undefined || !('path' in filestore)) {
    return null;
  }
  try {
    await mustBeThere(filestore.path);
    return null;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { by: 'filestore', reason, until: null, wayOut: 'mount it here, or correct `filestore` in the estate' };
  }
}

/** Whoever makes backups need not be able to open them: where the identity is not, it is not missed. */
async function identityHere(world: PlanWorld): Promise<string | null> {
  const { identity } = backupsOf(world);
  return identity === undefined ? null : world.secret(identity).catch(() => null);
}

/** Where this host keeps a copy of each tenant's last index. */
export function indexFolder({ estate, env }: PlanWorld): string {
  return join(stateHome(estate.id, env), 'backups');
}
