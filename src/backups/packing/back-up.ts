import type { CatalogueEntry } from '../catalogue.ts';
import { packFolder } from '../layout.ts';
import type { Sealing } from '../open-sealed.ts';
import { backupToGoOnFrom, doubtfulPacks, filesBefore, nothingBefore } from './before.ts';
import { backUpFiles, type FilesRequest, type FilesWritten } from './files.ts';
import { keepIndex } from './kept-index.ts';
import { usualPackSize } from './pack.ts';
import type { FileSource } from './source.ts';

/** A tenant's filestore and what is known of it from before. */
export interface FilestoreAsked {
  readonly source: FileSource;
  /** The tenant's backups, newest first. */
  readonly earlier: readonly CatalogueEntry[];
  readonly programs: Sealing['programs'];
  /** The age identity, where it is here. */
  readonly identity: string | null;
  /** Where this host keeps a copy of the last index; null: nowhere. */
  readonly folder: string | null;
  readonly packSize?: number;
  /** Called once the backup is one: what it has need not be read again. */
  keep(files: FilesWritten): Promise<void>;
}

type Given = Pick<
  FilesRequest,
  'tenant' | 'backup' | 'store' | 'written' | 'sealer' | 'budget' | 'signal' | 'referenced' | 'onNew' | 'onBytes'
>;

export async function backUpFilestore(asked: FilestoreAsked, given: Given): Promise<FilesWritten> {
  const { source, earlier, programs, identity, folder, packSize = usualPackSize } = asked;
  const { store, tenant, sealer, signal } = given;
  const held = new Map<string, number>();
  for await (const { key, size } of store.list(packFolder(tenant), signal)) {
    held.set(key, size);
  }
  const doubtful = doubtfulPacks(earlier);
  const last = backupToGoOnFrom(earlier, sealer.recipients);
  const before =
    last === null ? null : await filesBefore(last, { store, programs, identity, signal }, { folder, held, doubtful });
  return backUpFiles({ ...given, source, packSize, held, doubtful, before: before ?? nothingBefore });
}

/** The index of a backup that was made, for the next one on this host. */
export function keepingIn(folder: string, tenant: string): FilestoreAsked['keep'] {
  return ({ filestore, index }) => keepIndex(folder, tenant, filestore, index);
}
