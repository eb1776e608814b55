import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../network.ts';
import { ReadFailure } from '../source.ts';
import { byKey, isKey } from './keys.ts';

export interface Found {
  readonly key: string;
  readonly path: string;
}

/**
 * Files whose key begins with `prefix`, in the order of their keys: a folder stands where its first key would, since `a-b` sorts before
 * `a/b`. Links are not followed: they could lead out of the store, or around in it. Drafts and names that are no keys are left out.
 */
export async function* filesBelow(root: string, prefix: string, hidden: string): AsyncGenerator<Found> {
  const within = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  if (within !== '' && !isKey(within.slice(0, -1))) {
    return;
  }
  yield* below(root, within, prefix, hidden);
}

async function* below(root: string, folder: string, prefix: string, hidden: string): AsyncGenerator<Found> {
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch((error: unknown) => {
    // Removed since, or never made.
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) {
      return [];
    }
    throw new ReadFailure('forbidden', `the folder ${join(root, folder)} could not be listed`, codeOf(error), error);
  });
  const named = entries
    .filter((entry) => (entry.isFile() || entry.isDirectory()) && !(folder === '' && entry.name === hidden))
    .map((entry) => ({ entry, key: folder + entry.name + (entry.isDirectory() ? '/' : '') }))
    .sort((a, b) => byKey(a.key, b.key));
  for (const { entry, key } of named) {
    if (entry.isDirectory() && (key.startsWith(prefix) || prefix.startsWith(key))) {
      yield* below(root, key, prefix, hidden);
    } else if (entry.isFile() && key.startsWith(prefix) && isKey(key)) {
      yield { key, path: join(root, key) };
    }
  }
}
