import { access, constants, statfs } from 'node:fs/promises';
import { type Finding, flaw, ok } from '#health/finding.ts';
import { ReadFailure } from '#systems/source.ts';
import { size } from '#text/size.ts';
import { type Looked, wordsOf } from './looked.ts';

const patienceMs = 15_000;

/** Whether the store answers, and what can be said of writing to it without writing. */
export async function examineStore(world: Looked): Promise<readonly Finding[]> {
  const name = world.backups.store;
  const subject = `store/${name}`;
  try {
    const store = await world.store(name);
    let isEmpty = true;
    for await (const _ of store.list('backups/', AbortSignal.timeout(patienceMs))) {
      isEmpty = false;
      break;
    }
    return [
      ok(subject, 'reached', isEmpty ? 'answers; it holds no backup yet' : 'answers'),
      ...(await writable(subject, world)),
    ];
  } catch (error) {
    const isRefused = error instanceof ReadFailure && error.reason === 'forbidden';
    return [flaw(subject, 'reached', isRefused ? 'missing' : 'away', wordsOf(error))];
  }
}

async function writable(subject: string, { estate, backups }: Looked): Promise<readonly Finding[]> {
  const config = estate.stores[backups.store];
  if (config === undefined || !('folder' in config)) {
    return [ok(subject, 'write', 'only a backup shows whether it may be written: this look writes nothing')];
  }
  const { path } = config.folder;
  try {
    await access(path, constants.W_OK | constants.X_OK);
  } catch {
    return [flaw(subject, 'write', 'missing', `this user may not write to ${path}`)];
  }
  return [ok(subject, 'write', `may be written, ${await freeIn(path)}`)];
}

export async function freeIn(path: string): Promise<string> {
  const { bavail, bsize } = await statfs(path);
  return `${size(bavail * bsize)} free`;
}
