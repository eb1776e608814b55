import { hash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { cutBack, type Descriptor, keepFile, namesIn, syncFolder } from './disk.ts';

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
export function setAside(ledgerFolder: string, file: Descriptor, offset: number, torn: Buffer): void {
  const folder = folderOf(ledgerFolder);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  syncFolder(ledgerFolder);
  keepFile(join(folder, `${offset}-${hash('sha256', torn).slice(0, 16)}${unsettled}`), torn);
  cutBack(file, offset);
}

/** Lines that were set aside and that no entry tells of yet. */
export function unrecordedTorn(ledgerFolder: string): readonly TornLine[] {
  const folder = folderOf(ledgerFolder);
  const waiting = namesIn(folder).filter((name) => name.endsWith(unsettled));
  return waiting.sort().map((name) => {
    const content = readFileSync(join(folder, name));
    return { file: name.slice(0, -unsettled.length), bytes: content.length, sha256: hash('sha256', content) };
  });
}

export function settle(ledgerFolder: string, { file }: TornLine): void {
  const folder = folderOf(ledgerFolder);
  renameSync(join(folder, file + unsettled), join(folder, file));
}
