import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { filesOf, type IndexedFile, indexLine } from '../filestore-index.ts';
import type { Manifest } from '../manifest.ts';

/**
 * A copy of the last index on the host that makes the backups, which need not have the key that opens them. It names sums and lengths,
 * nothing of what the files hold; losing it costs a backup that reads every file again.
 */
type Filestore = NonNullable<Manifest['filestore']>;

export async function readKeptIndex(
  folder: string,
  tenant: string,
  { index, files, size }: Pick<Filestore, 'index' | 'files' | 'size'>,
): Promise<ReadonlyMap<string, IndexedFile> | null> {
  const found = new Map<string, IndexedFile>();
  let bytes = 0;
  try {
    const name = nameFor(tenant, index.sha256);
    for await (const file of filesOf(name, createReadStream(join(folder, name)) as AsyncIterable<Buffer>)) {
      found.set(file.path, file);
      bytes += file.size;
    }
  } catch {
    return null;
  }
  // Cut short, it would only be a worse start; whatever else is wrong with it is not believed either.
  return found.size === files && bytes === size ? found : null;
}

export async function hasKeptIndex(
  folder: string,
  tenant: string,
  { index }: Pick<Filestore, 'index'>,
): Promise<boolean> {
  return stat(join(folder, nameFor(tenant, index.sha256))).then(
    () => true,
    () => false,
  );
}

/** Kept under the sum of the sealed index, so that it is only ever taken for that one. The tenant's earlier copies go. */
export async function keepIndex(
  folder: string,
  tenant: string,
  { index }: Pick<Filestore, 'index'>,
  files: Iterable<IndexedFile>,
): Promise<void> {
  const name = nameFor(tenant, index.sha256);
  const draft = join(folder, `${name}.${process.pid}`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await pipeline(linesOf(files), createWriteStream(draft, { mode: 0o600 }));
    await rename(draft, join(folder, name));
    const old = (await readdir(folder)).filter((one) => one !== name && isOf(tenant, one));
    await Promise.all(old.map((one) => rm(join(folder, one), { force: true })));
  } catch {
    await rm(draft, { force: true }).catch(() => undefined);
  }
}

export function* linesOf(files: Iterable<IndexedFile>): Generator<Buffer> {
  let lines = '';
  for (const file of files) {
    lines += indexLine(file);
    if (lines.length > chunk) {
      yield Buffer.from(lines, 'latin1');
      lines = '';
    }
  }
  yield Buffer.from(lines, 'latin1');
}

const chunk = 64 * 1024;

function nameFor(tenant: string, sum: string): string {
  return `${tenant}.${sum}.index`;
}

function isOf(tenant: string, name: string): boolean {
  return name.startsWith(`${tenant}.`) && /^[0-9a-f]{64}\.index(?:\.\d+)?$/.test(name.slice(tenant.length + 1));
}
