import { dirname } from 'node:path';
import type { Estate, Tenant } from '#estate/estate.ts';
import type { RecoveryPlace } from '../recovery/recover.ts';

export type ServePlace = NonNullable<NonNullable<NonNullable<Estate['backups']>['recovery']>['serve']>;

/** Where a drill of this tenant is held: the estate's place for recoveries, else the tenant's own server; null: nowhere. */
export function placeOf(
  tenant: Pick<Tenant, 'postgres' | 'filestore'>,
  { backups, postgres }: Pick<Estate, 'backups' | 'postgres'>,
): RecoveryPlace | null {
  const recovery = backups?.recovery;
  if (recovery !== undefined) {
    return { server: recovery.postgres, purpose: 'recovery', filestore: recovery.filestore };
  }
  if (tenant.postgres === null || postgres[tenant.postgres]?.restore === undefined) {
    return null;
  }
  const { filestore } = tenant;
  return {
    ...{ server: tenant.postgres, purpose: 'restore' },
    filestore: filestore !== undefined && 'path' in filestore ? dirname(filestore.path) : null,
  };
}

/** Where what was restored can be served; only from the estate's place for recoveries, where no pod of anybody lives. */
export function servePlaceOf({ backups }: Pick<Estate, 'backups'>): ServePlace | null {
  return backups?.recovery?.serve ?? null;
}
