import { constants } from 'node:fs';
import { mkdir, open, readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf } from '../store-error.ts';
import { type Anchor, nameFor, type Outgoing, type Reading, sizeIn, worthReading } from './anchor.ts';

/** A folder on another file system: a file for each checkpoint, made once and never written again. */
export class MountAnchor implements Anchor {
  readonly kind = 'mount';
  readonly name: string;
  readonly #folder: string;
  /** Where the ledger lives; null when it is no file here. */
  readonly #ledger: string | null;

  constructor(name: string, folder: string, ledger: string | null) {
    this.name = name;
    this.#folder = folder;
    this.#ledger = ledger;
  }

  async put(checkpoint: Outgoing): Promise<string> {
    // The mount itself must be there: a folder made in its place would be on the ledger's own disk.
    await stat(this.#folder).catch(() => {
      throw new Error(`${this.#folder} is not there: is it mounted?`);
    });
    // A file that is there stays as it is: a checkpoint of a size that another host has anchored gets a name of its own.
    for (const isHeartbeat of checkpoint.isHeartbeat ? [true] : [false, true]) {
      const path = join(this.#folder, nameFor({ ...checkpoint, isHeartbeat }));
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      if (await made(path, checkpoint.note)) {
        return path;
      }
    }
    throw new Error(`${this.#folder} has a checkpoint of ${checkpoint.size} entries of this very instant`);
  }

  async read(estateId: string): Promise<Reading> {
    await stat(this.#folder).catch((error: unknown) => {
      throw new Error(`${this.#folder} could not be read: ${codeOf(error)}`);
    });
    const paths = await filesUnder(join(this.#folder, 'checkpoints', 'till', estateId));
    const known = await Promise.all(
      paths.flatMap((path) => {
        const size = sizeIn(path);
        return size === null ? [] : [stat(path).then(({ mtimeMs }) => ({ path, size, at: Math.round(mtimeMs) }))];
      }),
    );
    const all = known.sort((a, b) => a.at - b.at || a.size - b.size);
    const notes = await Promise.all(
      worthReading(all).map(async ({ path, at }) => ({ note: await readFile(path, 'utf8'), anchor: this.name, at })),
    );
    return { notes, times: all.map(({ at, size }) => ({ at, size })), held: all.length };
  }

  async weakness(): Promise<string | null> {
    if (this.#ledger === null) {
      return null;
    }
    const [here, there] = await Promise.all([deviceOf(this.#ledger), deviceOf(this.#folder)]);
    return here !== null && here === there
      ? `${this.#folder} is on the same device as the ledger: whoever can write one can write both`
      : null;
  }
}

/** False when it is there already. Its name is on the disk, too, when this resolves. */
async function made(path: string, text: string): Promise<boolean> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, flags, 0o400);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') {
      return false;
    }
    throw new Error(`${path} could not be written: ${codeOf(error)}`);
  }
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  const folder = await open(dirname(path), constants.O_RDONLY);
  await folder.sync().finally(() => folder.close());
  return true;
}

async function filesUnder(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') {
      return [];
    }
    throw new Error(`${folder} could not be read: ${codeOf(error)}`);
  });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** The device of the nearest folder that is there. */
async function deviceOf(path: string): Promise<number | null> {
  for (let at = path; ; at = dirname(at)) {
    try {
      return (await stat(at)).dev;
    } catch {
      if (at === dirname(at)) {
        return null;
      }
    }
  }
}
