import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '#systems/network.ts';
import { ReadFailure } from '#systems/source.ts';
import { filePattern } from '../filestore-index.ts';
import type { FileSource } from './source.ts';

/** A filestore in a folder: `path`, or a volume where it is mounted. Odoo's `checklist` and whatever else lies there is no file of it. */
export function folderSource(path: string): FileSource {
  const fail = (what: string, error: unknown): ReadFailure => {
    const code = codeOf(error);
    const words = { ENOENT: 'it is not there', EACCES: 'this user may not' }[code ?? ''] ?? code ?? 'an error';
    return new ReadFailure(code === 'EACCES' ? 'forbidden' : 'not-probed', `${what} could not be read: ${words}`, code);
  };
  return {
    name: path,
    close: async () => undefined,
    async *list(signal) {
      const folders = await readdir(path).catch((error: unknown) => {
        throw fail(`the filestore ${path}`, error);
      });
      for (const folder of folders.filter((name) => /^[0-9a-f]{2}$/.test(name)).sort()) {
        signal.throwIfAborted();
        const names = await readdir(join(path, folder)).catch((error: unknown) => {
          if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') {
            return [];
          }
          throw fail(`the filestore ${join(path, folder)}`, error);
        });
        yield* names
          .map((name) => `${folder}/${name}`)
          .filter((name) => filePattern.test(name))
          .sort();
      }
    },
    async sizeOf(name) {
      try {
        const found = await stat(join(path, name));
        return found.isFile() ? found.size : null;
      } catch (error) {
        if (codeOf(error) === 'ENOENT') {
          return null;
        }
        throw fail(join(path, name), error);
      }
    },
    async read(name, signal) {
      try {
        const file = await open(join(path, name), 'r');
        return file.createReadStream({ highWaterMark: 256 * 1024, signal });
      } catch (error) {
        if (codeOf(error) === 'ENOENT') {
          return null;
        }
        throw fail(join(path, name), error);
      }
    },
  };
}
