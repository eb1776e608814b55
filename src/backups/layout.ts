import { ulidPattern } from '#ledger/ulid.ts';
import type { Part } from './manifest.ts';

/** Where things lie in a store (manifest.ts draws it). Tenants' names are DNS labels, backups' are ULIDs: no key needs escaping. */

export const manifestName = 'manifest.json';
export const signatureName = 'manifest.json.sig';

const tenantPattern = /^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/;

export function isTenantName(name: string): boolean {
  return tenantPattern.test(name);
}

export function backupFolder(tenant: string, backup: string): string {
  return `backups/${tenant}/${backup}/`;
}

export function manifestKey(tenant: string, backup: string): string {
  return backupFolder(tenant, backup) + manifestName;
}

export function signatureKey(tenant: string, backup: string): string {
  return backupFolder(tenant, backup) + signatureName;
}

/** The `number`th part of the dump, from 0. */
export function databaseKey(tenant: string, backup: string, number: number): string {
  return `${backupFolder(tenant, backup)}database.${String(number).padStart(4, '0')}.zst.age`;
}

export function indexKey(tenant: string, backup: string): string {
  return `${backupFolder(tenant, backup)}filestore.index.zst.age`;
}

export function configurationKey(tenant: string, backup: string): string {
  return `${backupFolder(tenant, backup)}configuration.json.zst.age`;
}

export function packFolder(tenant: string): string {
  return `filestore/${tenant}/`;
}

/** `name`: 64 hexadecimal digits, as the index names it. */
export function packKey(tenant: string, name: string): string {
  return `${packFolder(tenant)}${name}.tar.zst.age`;
}

/** The name that the index has for the pack; null for a key that is no pack's. */
export function packName(key: string): string | null {
  return /^filestore\/[^/]+\/([0-9a-f]{64})\.tar\.zst\.age$/.exec(key)?.[1] ?? null;
}

export function proofKey(tenant: string, backup: string, kind: string, ulid: string): string {
  return `proofs/${tenant}/${backup}/${kind}-${ulid}.json`;
}

/** What a key is of; null for what till does not write. */
export function ownerOf(
  key: string,
): { readonly tenant: string; readonly backup: string; readonly name: string } | null {
  const [, tenant = '', backup = '', name = ''] = /^(?:backups|proofs)\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(key) ?? [];
  return isTenantName(tenant) && ulidPattern.test(backup) ? { tenant, backup, name } : null;
}

/** Whether a part that a manifest names lies where that backup's things may: another's must never be read or removed as its own. */
export function isWithin(part: Pick<Part, 'key'>, tenant: string, backup: string): boolean {
  const own = ownerOf(part.key);
  return own === null
    ? packName(part.key) !== null && part.key.startsWith(packFolder(tenant))
    : part.key.startsWith(backupFolder(tenant, backup)) && own.name !== manifestName && own.name !== signatureName;
}
