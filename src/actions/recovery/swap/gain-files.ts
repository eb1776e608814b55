import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { chown, copyFile, link, mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { WriteFailure } from '#systems/write-failure.ts';

/**
 * The live filestore gets the files that it lacks, and loses none: a name is the sum of its bytes, and more files than rows is right
 * (facts: odoo.md §4.1). They become the live folder's owner's. Returns how many were gained. Throws WriteFailure.
 */
export async function gainFiles(from: string, live: string, signal: AbortSignal): Promise<number> {
  const folders = (await readdir(from).catch(none)).filter((name) => /^[0-9a-f]{2}$/.test(name));
  const owner = await stat(live).catch(() => {
    throw new WriteFailure('refused', `the live filestore ${live} is not there`, 'folder');
  });
  let gained = 0;
  for (const folder of folders) {
    signal.throwIfAborted();
    const has = new Set(await readdir(join(live, folder)).catch(none));
    const lacking = (await readdir(join(from, folder))).filter((name) => /^[0-9a-f]{40}$/.test(name) && !has.has(name));
    if (lacking.length === 0) {
      continue;
    }
    const target = join(live, folder);
    try {
      await mkdir(target, { recursive: true, mode: owner.mode & 0o7777 });
      await given(target, owner);
      for (const name of lacking) {
        await gain(join(from, folder, name), target, name, owner);
        gained += 1;
      }
      await synced(target);
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      throw new WriteFailure('refused', `the live filestore ${live} could not be given files: ${words}`, 'folder');
    }
  }
  return gained;
}

type Owner = Pick<Awaited<ReturnType<typeof stat>>, 'uid' | 'gid' | 'mode'>;

/** Under another name until it is whole and Odoo's to read. */
async function gain(source: string, folder: string, name: string, owner: Owner): Promise<void> {
  const draft = join(folder, `.till-${randomBytes(6).toString('hex')}`);
  try {
    await copyFile(source, draft, constants.COPYFILE_FICLONE);
    const file = await open(draft, 'r+');
    try {
      await file.chmod(Number(owner.mode) & 0o666);
      await file.sync();
    } finally {
      await file.close();
    }
    await given(draft, owner);
    // Not over one that Odoo has written meanwhile.
    await link(draft, join(folder, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') {
        throw error;
      }
    });
  } finally {
    await rm(draft, { force: true });
  }
}

async function given(path: string, { uid, gid }: Owner): Promise<void> {
  const now = await stat(path);
  if (now.uid !== Number(uid) || now.gid !== Number(gid)) {
    await chown(path, Number(uid), Number(gid));
  }
}

async function synced(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function none(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT') {
    return [];
  }
  throw error;
}
