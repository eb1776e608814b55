import { dirname } from 'node:path';
import type { Estate, Tenant } from '#estate/estate.ts';
import type { RecoveryPlace } from './recover.ts';

type Where = Pick<Tenant, 'postgres' | 'filestore'>;

/** Beside the original, where the estate has a login that makes databases there: only there can it be swapped in. Else where drills are held. */
export function restorePlace(tenant: Where, estate: Pick<Estate, 'postgres' | 'backups'>): RecoveryPlace | null {
  return ownPlace(tenant, estate) ?? recoveryPlace(estate);
}

/** Away from the original, where the estate has such a place. */
export function drillPlace(tenant: Where, estate: Pick<Estate, 'postgres' | 'backups'>): RecoveryPlace | null {
  return recoveryPlace(estate) ?? ownPlace(tenant, estate);
}

/** Every place in which something of this tenant's may have been restored. */
export function placesOf(tenant: Where, estate: Pick<Estate, 'postgres' | 'backups'>): readonly RecoveryPlace[] {
  return [ownPlace(tenant, estate), recoveryPlace(estate)].filter((place) => place !== null);
}

export function ownPlace(
  { postgres: server, filestore }: Where,
  { postgres, backups }: Pick<Estate, 'postgres' | 'backups'>,
): RecoveryPlace | null {
  return server === null || postgres[server]?.restore === undefined
    ? null
    : {
        ...{ server, purpose: 'restore' },
        filestore:
          filestore !== undefined && 'path' in filestore
            ? dirname(filestore.path)
            : (backups?.recovery?.filestore ?? null),
      };
}

function recoveryPlace({ backups }: Pick<Estate, 'backups'>): RecoveryPlace | null {
  const recovery = backups?.recovery;
  return recovery === undefined
    ? null
    : { server: recovery.postgres, purpose: 'recovery', filestore: recovery.filestore };
}
