import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { ReadFailure } from '#systems/source.ts';
import type { ObjectStore } from '#systems/storage/store.ts';
import { WriteFailure } from '#systems/write-failure.ts';
import { each } from '../each.ts';
import type { IndexedFile } from '../filestore-index.ts';
import { indexKey, packKey } from '../layout.ts';
import type { Manifest, Part } from '../manifest.ts';
import { sealedPart } from '../write/seal.ts';
import type { Written } from '../write/written.ts';
import type { FilesBefore } from './before.ts';
import { linesOf } from './kept-index.ts';
import { inPacks, type Member, type Packing, packNameOf, Unpackable, writePack } from './pack.ts';
import type { Unfit } from './source.ts';

export interface FilesRequest extends Packing {
  readonly tenant: string;
  readonly backup: string;
  readonly store: ObjectStore;
  readonly written: Written;
  /** What `ir_attachment` names in the dump's snapshot. */
  readonly referenced: ReadonlySet<string>;
  readonly before: FilesBefore;
  /** Bytes of the packs that lie in the store, by key; and those of them that a proof has found wrong. */
  readonly held: ReadonlyMap<string, number>;
  readonly doubtful: ReadonlySet<string>;
  readonly packSize: number;
  /** Told once how much is new. */
  readonly onNew: (files: number, bytes: number) => void;
}

export interface FilesWritten {
  readonly filestore: NonNullable<Manifest['filestore']>;
  readonly index: readonly IndexedFile[];
  /** Gone or altered, referenced or not. */
  readonly unfit: readonly Unfit[];
  /** No longer in the filestore, though the database names them; taken from an earlier backup. */
  readonly rescued: readonly string[];
}

/**
 * A filestore, after its database: append-mostly and named by content, so that a superset of what the dump names is right (facts: odoo.md
 * §4.1). What an earlier backup has is not read again; the rest goes into packs that later backups share.
 */
export async function backUpFiles(request: FilesRequest): Promise<FilesWritten> {
  const { tenant, backup, source, sealer, before, referenced, signal } = request;
  const index = new Map<string, IndexedFile>();
  const known = (path: string): IndexedFile | null => {
    const file = before.files.get(path);
    return file !== undefined && before.packs.has(file.pack) ? file : null;
  };
  const fresh: string[] = [];
  for await (const path of source.list(signal)) {
    const file = known(path);
    if (file === null) {
      fresh.push(path);
    } else {
      index.set(path, file);
    }
  }
  if (referenced.size > 0 && fresh.length + index.size === 0) {
    throw new ReadFailure(
      'not-probed',
      `${source.name} holds none of the ${referenced.size} files that the database names: is it mounted?`,
    );
  }
  const rescued: string[] = [];
  const unfit: Unfit[] = [];
  const onDisk = new Set(fresh);
  for (const path of referenced) {
    const file = index.has(path) || onDisk.has(path) ? null : known(path);
    if (file !== null) {
      rescued.push(path);
      index.set(path, file);
    }
  }
  const members = await measured(fresh, request, unfit);
  request.onNew(
    members.length,
    members.reduce((sum, { size }) => sum + size, 0),
  );
  const packs = new Map<string, Part>();
  let added = 0;
  for (const group of inPacks(members, request.packSize)) {
    const made = await packed(group, request, unfit);
    if (made === null) {
      continue;
    }
    packs.set(made.name, made.part);
    added += made.isNew ? 1 : 0;
    for (const { path, size } of made.members) {
      index.set(path, { path, size, pack: made.name });
    }
  }
  for (const { pack } of index.values()) {
    const part = before.packs.get(pack);
    if (part !== undefined && !packs.has(pack)) {
      packs.set(pack, part);
    }
  }
  const files = [...index.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  const part = await sealedPart(Readable.from(linesOf(files), { objectMode: false }), sealer, signal, (cipher) =>
    request.written.upload(indexKey(tenant, backup), cipher, { signal }),
  );
  return {
    filestore: {
      ...{ files: files.length, size: files.reduce((sum, { size }) => sum + size, 0) },
      ...{ index: part, packs: [...packs.values()].sort((a, b) => (a.key < b.key ? -1 : 1)), added },
      missing: [...referenced].filter((path) => !index.has(path)).sort(),
    },
    ...{ index: files, unfit, rescued },
  };
}

async function measured(
  paths: readonly string[],
  { source, signal }: FilesRequest,
  unfit: Unfit[],
): Promise<readonly Member[]> {
  const sizes = await each(paths, 32, (path) => {
    signal.throwIfAborted();
    return source.sizeOf(path);
  });
  return paths.flatMap((path, at) => {
    const size = sizes[at] ?? null;
    if (size === null) {
      unfit.push({ path, why: 'gone' });
    }
    return size === null ? [] : [{ path, size }];
  });
}

interface PackMade {
  readonly name: string;
  readonly part: Part;
  readonly members: readonly Member[];
  readonly isNew: boolean;
}

/** Null when none of its files is left. */
async function packed(group: readonly Member[], request: FilesRequest, unfit: Unfit[]): Promise<PackMade | null> {
  const { tenant, backup, sealer, written, store, held, doubtful, signal } = request;
  let members = group;
  while (members.length > 0) {
    const usual = packNameOf(members, sealer.recipients);
    // One that was found broken is not written over, which object lock might not allow: the same files go under another name.
    const name = doubtful.has(packKey(tenant, usual)) ? packNameOf(members, sealer.recipients, backup) : usual;
    const key = packKey(tenant, name);
    if (held.has(key)) {
      return { name, members, part: await partAt(store, key, signal), isNew: false };
    }
    try {
      const part = await writePack(members, request, (cipher, stop) =>
        written.uploadShared(key, Readable.from(cipher, { objectMode: false }), { signal: stop }),
      );
      return { name, members, part, isNew: true };
    } catch (error) {
      if (error instanceof WriteFailure && error.moved) {
        return { name, members, part: await partAt(store, key, signal), isNew: false };
      }
      if (!(error instanceof Unpackable)) {
        throw error;
      }
      unfit.push(...error.files);
      const without = new Set(error.files.map(({ path }) => path));
      members = members.filter(({ path }) => !without.has(path));
    }
  }
  return null;
}

/** A pack that a backup wrote which did not come to its end: whole, as every object is, and by its name the very same files. */
async function partAt(store: ObjectStore, key: string, signal: AbortSignal): Promise<Part> {
  const sum = createHash('sha256');
  let size = 0;
  for await (const chunk of (await store.read(key, undefined, signal)) as AsyncIterable<Buffer>) {
    sum.update(chunk);
    size += chunk.length;
  }
  return { key, size, sha256: sum.digest('hex') };
}
