import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { exitCodes, TillError } from '#text/till-error.ts';
import { blocks, close, type Descriptor, openToRead, sizeOf, syncFolder, writeWhole } from './disk.ts';
import { type Head, loadHead } from './head.ts';
import { readSnapshot, type Snapshot, writeSnapshot } from './snapshot.ts';
import { linkOf } from './verifier/line.ts';
import { LineSplitter } from './verifier/lines.ts';

/**
 * Where a pruned file begins: the last entry that was taken out, and the state up to it, which nothing in the file tells any more.
 * It counts only while the file begins with the entry after it: written before the file is cut, it does not yet.
 */
export function baseOf(path: string, file: Descriptor | null): Snapshot | null {
  const base = readSnapshot(path);
  return base !== null && firstSeq(file) === base.seq + 1 ? base : null;
}

/** The number of the first entry in a file; null when it has none. */
export function firstSeq(file: Descriptor | null): number | null {
  if (file === null) {
    return null;
  }
  const bytes = Buffer.alloc(128 * 1_024);
  const read = bytes.subarray(0, fs.readSync(file, bytes, 0, bytes.length, 0));
  const end = read.indexOf(0x0a);
  return end === -1 ? null : (linkOf(read.subarray(0, end))?.seq ?? null);
}

/** Where the line of an entry ends. */
async function endOf(file: Descriptor, seq: number, hash: string): Promise<number> {
  let end: number | null = null;
  const splitter = new LineSplitter((line, offset) => {
    const link = linkOf(line);
    if (link?.seq === seq && link.hash === hash) {
      end = offset + line.length + 1;
    }
  });
  for await (const block of blocks(file, 0, sizeOf(file))) {
    splitter.push(block);
    if (end !== null) {
      return end;
    }
  }
  throw new TillError(`entry ${seq}, up to which the ledger was to be cut, is not in it`, {
    ...{ exit: exitCodes.refused, reason: 'ledger-broken' },
    next: 'see `till audit verify --chain`',
  });
}

/**
 * Cuts a ledger's file at its beginning: what stays is the same bytes. Under the lock. First what is needed to begin later, then a
 * new file beside the old one, then its name: readers and a crash see the one or the other.
 */
export async function cutBeginning(
  { path, basePath, snapshotPath }: { path: string; basePath: string; snapshotPath: string },
  { seq, hash }: Pick<Head, 'seq' | 'hash'>,
): Promise<void> {
  const file = openToRead(path);
  if (file === null) {
    return;
  }
  try {
    const end = await endOf(file, seq, hash);
    const { head } = await loadHead(file, end, { from: baseOf(basePath, file), remembered: null, forgiving: false });
    writeSnapshot(basePath, { ...head, offset: 0 });
    const fresh = `${path}.${process.pid}.new`;
    await copyRest(file, end, fresh);
    // Its places are of the file as it was.
    fs.rmSync(snapshotPath, { force: true });
    fs.renameSync(fresh, path);
    syncFolder(dirname(path));
  } finally {
    close(file);
  }
}

async function copyRest(file: Descriptor, start: number, path: string): Promise<void> {
  fs.rmSync(path, { force: true });
  const fresh = fs.openSync(path, 'wx', 0o600);
  try {
    for await (const block of blocks(file, start, sizeOf(file))) {
      writeWhole(fresh, block);
    }
    fs.fsyncSync(fresh);
  } finally {
    fs.closeSync(fresh);
  }
}
