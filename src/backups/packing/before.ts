import type { CatalogueEntry } from '../catalogue.ts';
import { filesOf, type IndexedFile } from '../filestore-index.ts';
import { packName } from '../layout.ts';
import type { Part } from '../manifest.ts';
import { DamagedBackup } from '../manifest-file.ts';
import { openSealed, type Sealing } from '../open-sealed.ts';
import { readKeptIndex } from './kept-index.ts';

/** What an earlier backup of the tenant has in the store already. */
export interface FilesBefore {
  /** By path. */
  readonly files: ReadonlyMap<string, IndexedFile>;
  /** By name (layout.ts, `packName`); those alone that lie there as they were written. */
  readonly packs: ReadonlyMap<string, Part>;
}

export const nothingBefore: FilesBefore = { files: new Map(), packs: new Map() };

/**
 * The newest backup whose packs these recipients can open, that nobody found broken, and that is not signed by a stranger: what it has
 * need not be read again.
 */
export function backupToGoOnFrom(
  backups: readonly CatalogueEntry[],
  recipients: readonly string[],
): CatalogueEntry | null {
  return (
    backups.find(
      ({ manifest, failed, signature }) =>
        manifest.filestore !== null &&
        failed === null &&
        signature !== 'wrong' &&
        recipients.every((recipient) => manifest.encryption.recipients.includes(recipient)),
    ) ?? null
  );
}

/** Packs that a proof has found wrong, whichever backup it was made of. */
export function doubtfulPacks(backups: readonly CatalogueEntry[]): ReadonlySet<string> {
  const words = backups.flatMap(({ proofs }) =>
    proofs.flatMap(({ checks }) => checks.filter(({ status }) => status === 'failed').map(({ message }) => message)),
  );
  const keys = words.flatMap((message) => message.match(/filestore\/[^/\s]+\/[0-9a-f]{64}\.tar\.zst\.age/g) ?? []);
  return new Set(keys);
}

/**
 * Its index: from the copy that the last backup left on this host, or opened with the identity where that is here. Null where neither
 * can be had: then every file is read again.
 */
export async function filesBefore(
  { manifest }: CatalogueEntry,
  sealing: Omit<Sealing, 'identity'> & { readonly identity: string | null },
  {
    folder,
    held,
    doubtful,
  }: {
    readonly folder: string | null;
    readonly held: ReadonlyMap<string, number>;
    readonly doubtful: ReadonlySet<string>;
  },
): Promise<FilesBefore | null> {
  const { filestore, tenant } = manifest;
  if (filestore === null) {
    return null;
  }
  const kept = folder === null ? null : await readKeptIndex(folder, tenant, filestore);
  const { identity } = sealing;
  const files = kept ?? (identity === null ? null : await opened(filestore.index, { ...sealing, identity }));
  if (files === null) {
    return null;
  }
  const packs = filestore.packs
    .filter(({ key, size }) => held.get(key) === size && !doubtful.has(key))
    .map((part) => [packName(part.key) ?? '', part] as const);
  return { files, packs: new Map(packs) };
}

/** Null when it cannot be opened: an identity of other recipients, or an index that is damaged. */
async function opened(index: Part, sealing: Sealing): Promise<ReadonlyMap<string, IndexedFile> | null> {
  const files = new Map<string, IndexedFile>();
  try {
    for await (const file of filesOf(index.key, openSealed(sealing, [index]) as AsyncIterable<Buffer>)) {
      files.set(file.path, file);
    }
    return files;
  } catch (error) {
    if (error instanceof DamagedBackup) {
      return null;
    }
    throw error;
  }
}
