import { join } from 'node:path';
import type { Estate, Tenant } from '#estate/estate.ts';
import type { Filestore } from '#estate/schema.ts';
import type { Blocker } from '#policy/refusal.ts';
import { placeOf } from './place.ts';

type Volume = Extract<Filestore, { volume: unknown }>['volume'];

function volumeOf({ filestore }: Pick<Tenant, 'filestore'>): Volume | null {
  return filestore !== undefined && filestore !== null && 'volume' in filestore ? filestore.volume : null;
}

/** The claim that the tenant's Job mounts, read-only; null where its filestore is elsewhere. */
export function claimOf(tenant: Pick<Tenant, 'filestore'> | null, estate: Estate): string | null {
  const volume = tenant === null ? null : volumeOf(tenant);
  const executor = estate.backups?.executor;
  const isHere = volume?.cluster === executor?.cluster && volume?.namespace === executor?.namespace;
  return volume !== null && isHere ? volume.claim : null;
}

/**
 * Why a filestore on a volume cannot be read by a long action: a pod mounts claims of its own namespace alone, so the executor has to live
 * where the claim is. Null where it can, or where it lies on no volume.
 */
export function filestoreBlocker(tenant: Pick<Tenant, 'name' | 'filestore'>, estate: Estate): Blocker | null {
  const volume = volumeOf(tenant);
  if (volume === null || (placeOf({ isLong: true }, estate).kind === 'job' && claimOf(tenant, estate) !== null)) {
    return null;
  }
  const { cluster, namespace, claim } = volume;
  return {
    by: 'estate.yaml',
    reason: `the filestore of ${tenant.name} is on claim ${namespace}/${claim} of ${cluster}, which only a Job in that namespace can mount`,
    until: null,
    wayOut: `let \`backups.executor\` run in ${namespace} of ${cluster} (\`till manifests executor --namespace ${namespace}\`), or name the filestore as a \`path\` or \`s3\``,
  };
}

/** Where this worker reads the filestore of a volume; null where it has not been mounted here. */
export function mountedFilestore(
  filestore: Filestore,
  env: Readonly<Record<string, string | undefined>>,
): string | null {
  const root = env['TILL_FILESTORE'];
  return root === undefined || root === '' || !('volume' in filestore) ? null : join(root, filestore.volume.path);
}
