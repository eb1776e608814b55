import type { CatalogueEntry } from './catalogue.ts';
import type { ProofLevel } from './manifest.ts';
import type { OtherBackup } from './others/other.ts';
import type { BackupsPicture } from './read-backups.ts';
import type { SignatureState } from './signature.ts';

/** A backup as `till backups` lists it (kind `BackupList`): fields are added, never renamed or dropped; unknown is null. */
export interface BackupRow {
  readonly tenant: string;
  /** A ULID for ours; for another's, their own name. */
  readonly backup: string;
  readonly source: 'till' | OtherBackup['source'];
  /** The store, or where the other one keeps it. */
  readonly place: string;
  /** RFC 3339: the point that it brings back. */
  readonly at: string | null;
  readonly ageSeconds: number | null;
  readonly size: number | null;
  readonly status: 'ok' | 'running' | 'failed' | 'damaged';
  readonly level: ProofLevel | null;
  /** RFC 3339: when it was last proven. */
  readonly provenAt: string | null;
  readonly signature: SignatureState | null;
  /** SHA-256 of its manifest. */
  readonly manifest: string | null;
  readonly serverVersion: string | null;
  readonly files: number | null;
  readonly message: string | null;
}

/** By tenant, and of each newest first. A server's backup stands with every tenant that it holds. */
export function rowsOf({ ours, backups, standings, store }: BackupsPicture, now: number): readonly BackupRow[] {
  const own = Map.groupBy(ours, ({ tenant }) => tenant);
  const known = new Set(standings.map(({ tenant }) => tenant));
  // What lies in the store of a tenant that is gone is all that is left of it.
  const gone = [...own.keys()].filter((tenant) => !known.has(tenant));
  return [...known, ...gone.sort()].flatMap((tenant) =>
    [
      ...(own.get(tenant) ?? []).map((entry) => ownRow(entry, store ?? '', now)),
      ...backups.filter(({ tenants }) => tenants.includes(tenant)).map((backup) => otherRow(backup, tenant, now)),
    ].sort((a, b) => Date.parse(b.at ?? '') - Date.parse(a.at ?? '') || (a.backup < b.backup ? 1 : -1)),
  );
}

function ownRow(entry: CatalogueEntry, store: string, now: number): BackupRow {
  const { manifest, missing, failed, signature } = entry;
  const proven = entry.proofs.find(({ status }) => status === 'ok');
  return {
    ...{ tenant: entry.tenant, backup: entry.backup, source: 'till', place: store, at: manifest.snapshotAt },
    ...{ ageSeconds: ageOf(manifest.snapshotAt, now), size: entry.size, level: entry.level, signature },
    status: missing.length > 0 || failed !== null || signature === 'wrong' ? 'damaged' : 'ok',
    ...{ provenAt: proven?.at ?? null, manifest: entry.sha256, serverVersion: manifest.database.serverVersion },
    files: manifest.filestore?.files ?? null,
    message: messageOf(entry),
  };
}

function messageOf({ missing, failed, signature, manifest }: CatalogueEntry): string | null {
  const [first] = missing;
  const notes = [
    ...(first === undefined
      ? []
      : [`${first} is gone or cut${missing.length > 1 ? `, and ${missing.length - 1} more` : ''}`]),
    ...(failed === null
      ? []
      : [
          `found broken at ${failed.at}: ${failed.checks.find(({ status }) => status === 'failed')?.message ?? 'no reason given'}`,
        ]),
    ...(signature === 'wrong' ? ['its signature is not one that the estate knows'] : []),
    ...(signature === 'unsigned' ? ['unsigned'] : []),
    ...(manifest.filestore === null ? ['without a filestore'] : []),
    ...(manifest.filestore !== null && manifest.filestore.missing.length > 0
      ? [`${manifest.filestore.missing.length} attachments had no file when it was made`]
      : []),
  ];
  return notes.length === 0 ? null : notes.join('; ');
}

function otherRow(backup: OtherBackup, tenant: string, now: number): BackupRow {
  const { source, name, place, at, size, status, message } = backup;
  return {
    ...{
      tenant,
      backup: name,
      source,
      place,
      at,
      ageSeconds: at === null ? null : ageOf(at, now),
      size,
      status,
      message,
    },
    ...{ level: null, provenAt: null, signature: null, manifest: null, serverVersion: null, files: null },
  };
}

function ageOf(at: string, now: number): number {
  return Math.max(0, Math.floor((now - Date.parse(at)) / 1000));
}
