import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { each } from '#backups/each.ts';
import { filesOf, type IndexedFile } from '#backups/filestore-index.ts';
import { packName } from '#backups/layout.ts';
import type { Manifest } from '#backups/manifest.ts';
import { DamagedBackup } from '#backups/manifest-file.ts';
import { openSealed, type Sealing } from '#backups/open-sealed.ts';
import { readTar } from '#backups/tar-members.ts';
import { mustHaveRoom } from './scratch-file.ts';

/**
 * The files of a backup into a folder that is not there yet: each in its place, and each of them the file that its name says (Odoo names
 * them by their SHA-1). Returns their paths. Throws DamagedBackup, and leaves what it wrote to the caller.
 */
export async function restoreFiles(
  filestore: NonNullable<Manifest['filestore']>,
  folder: string,
  sealing: Sealing,
  packsAtATime = 2,
): Promise<ReadonlySet<string>> {
  const wanted = new Map<string, IndexedFile>();
  for await (const file of filesOf(
    filestore.index.key,
    openSealed(sealing, [filestore.index]) as AsyncIterable<Buffer>,
  )) {
    wanted.set(file.path, file);
  }
  if (wanted.size !== filestore.files) {
    throw new DamagedBackup(filestore.index.key, `it names ${wanted.size} of ${filestore.files} files`);
  }
  await mustHaveRoom(dirname(folder), filestore.size, 'the filestore');
  await mkdir(folder, { mode: 0o700 });
  const folders = new Set<string>();
  const written = new Set<string>();
  await each(filestore.packs, packsAtATime, async (pack) => {
    const sink = writing(folder, pack.key, wanted, folders, written);
    try {
      await readTar(openSealed(sealing, [pack]) as AsyncIterable<Buffer>, sink);
    } catch (error) {
      throw error instanceof Error && error.constructor === Error ? new DamagedBackup(pack.key, error.message) : error;
    } finally {
      sink.close();
    }
  });
  const lost = [...wanted.keys()].find((path) => !written.has(path));
  if (lost !== undefined) {
    throw new DamagedBackup(filestore.index.key, `${wanted.size - written.size} files are in no pack, such as ${lost}`);
  }
  return written;
}

/** Only what the index names is written: a pack may hold what other backups need, and a path that is none of Odoo's is in no index. */
function writing(
  folder: string,
  key: string,
  wanted: ReadonlyMap<string, IndexedFile>,
  folders: Set<string>,
  written: Set<string>,
) {
  const pack = packName(key);
  let name = '';
  let file: number | null = null;
  let sum = createHash('sha1');
  const close = () => {
    if (file !== null) {
      closeSync(file);
      file = null;
    }
  };
  return {
    close,
    begin(path: string, size: number) {
      name = path.replace(/^\.\//, '');
      sum = createHash('sha1');
      const promised = wanted.get(name);
      if (promised === undefined || promised.pack !== pack || written.has(name)) {
        return;
      }
      if (promised.size !== size) {
        throw new DamagedBackup(key, `${name} has ${size} of ${promised.size} bytes`);
      }
      const parent = name.slice(0, 2);
      if (!folders.has(parent)) {
        mkdirSync(join(folder, parent), { mode: 0o700, recursive: true });
        folders.add(parent);
      }
      file = openSync(join(folder, name), 'wx', 0o600);
    },
    take(bytes: Buffer) {
      if (file !== null) {
        sum.update(bytes);
        for (let at = 0; at < bytes.length; ) {
          at += writeSync(file, bytes, at);
        }
      }
    },
    end() {
      if (file === null) {
        return;
      }
      close();
      if (sum.digest('hex') !== name.slice(3)) {
        throw new DamagedBackup(key, `the bytes of ${name} are not those of its name`);
      }
      written.add(name);
    },
  };
}
