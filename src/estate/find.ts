import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Estate } from './estate.ts';
import type { ReferenceOptions } from './references.ts';

export interface Whereabouts {
  /** From `--estate` or TILL_ESTATE: then nothing else is looked at. */
  readonly named: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The working folder. */
  readonly folder: string;
}

/** Where an estate file may stand when none is named, in order. */
export function usualPlaces({ env, folder }: Omit<Whereabouts, 'named'>): readonly string[] {
  const configuration = env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config');
  return [join(folder, 'estate.yaml'), join(configuration, 'till/estate.yaml')];
}

/** The path of the estate file; null when there is none and none was named. */
export async function findEstateFile(whereabouts: Whereabouts): Promise<string | null> {
  if (whereabouts.named !== undefined) {
    return resolve(whereabouts.folder, whereabouts.named);
  }
  for (const path of usualPlaces(whereabouts)) {
    if (await exists(path)) {
      return path;
    }
  }
  return null;
}

/** The estate that is meant: the named file, the usual places, or else the current kubeconfig context. */
export async function findEstate(whereabouts: Whereabouts, options: ReferenceOptions = {}): Promise<Estate> {
  const path = await findEstateFile(whereabouts);
  if (path !== null) {
    const { loadEstate } = await import('./load.ts');
    return await loadEstate(path, options);
  }
  const { estateFromContext } = await import('./from-context.ts');
  return await estateFromContext(whereabouts.env, usualPlaces(whereabouts));
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
