import { hash } from 'node:crypto';
import { type FileHandle, mkdir, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { keepFile, syncFolder } from './disk.ts';
import { codeOf } from './store-error.ts';

/**
 * A crash in the middle of a write leaves the beginning of a line. It was never acknowledged, so nothing was done under
 * it; its bytes are kept aside all the same, and the chain says so. In this order, so that a crash in between loses
 * nothing: keep the bytes, cut them off, record it, and only then call the kept file settled.
 */
export interface TornLine {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

const folderOf = (ledgerFolder: string) => join(ledgerFolder, 'torn');
const unsettled = '.unrecorded';

/** Keeps the bytes and cuts the file back to its last whole line. */
export async function setAside(ledgerFolder: string, handle: FileHandle, offset: number, torn: Buffer): Promise<void> {
  const folder = folderOf(ledgerFolder);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await syncFolder(ledgerFolder);
  await keepFile(join(folder, `${offset}-${hash('sha256', torn).slice(0, 16)}${unsettled}`), torn);
  await handle.truncate(offset);
  await handle.sync();
}

/** Lines that were set aside and that no entry tells of yet. */
export async function unrecordedTorn(ledgerFolder: string): Promise<readonly TornLine[]> {
  const folder = folderOf(ledgerFolder);
  const names = await readdir(folder).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') {
      return [];
    }
    throw error;
  });
  const waiting = names.filter((name) => name.endsWith(unsettled)).sort();
  return Promise.all(
    waiting.map(async (name) => {
      const content = await readFile(join(folder, name));
      return { file: name.slice(0, -unsettled.length), bytes: content.length, sha256: hash('sha256', content) };
    }),
  );
}

export async function settle(ledgerFolder: string, { file }: TornLine): Promise<void> {
  const folder = folderOf(ledgerFolder);
  await rename(join(folder, file + unsettled), join(folder, file));
}
