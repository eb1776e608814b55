import type { Estate, Tenant } from '#estate/estate.ts';
import { paint } from './picture.ts';
import { type StateFolder, stateFolder } from './state-folder.ts';
import type { TenantStatus } from './status.ts';
import type { Picture } from './watcher.ts';

const file = 'last-run.json';

/** What the run before knew: who the tenants are, and how they were. */
export interface LastRun {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly tenants: readonly Tenant[];
  readonly statuses: readonly TenantStatus[];
}

export async function recallRun(folder: StateFolder): Promise<LastRun | null> {
  const kept = await folder.read(file);
  return isRun(kept) ? kept : null;
}

export async function keepRun(folder: StateFolder, run: LastRun): Promise<void> {
  await folder.write(file, run);
}

/** The last session's picture, for a first frame at once; the console marks it with its age. */
export async function lastPicture(
  estate: Estate,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Picture | null> {
  const run = await recallRun(stateFolder(estate.id, env));
  return run === null ? null : paint({ estate, at: run.at, statuses: run.statuses, sources: [], settled: false });
}

/** Our own file, written by a till of any age: only its outline is checked, and anything odd is as good as none. */
function isRun(kept: unknown): kept is LastRun {
  const run = kept as Partial<LastRun> | null | undefined;
  return (
    typeof run?.at === 'number' &&
    Array.isArray(run.tenants) &&
    Array.isArray(run.statuses) &&
    run.statuses.every((status) => typeof status?.tenant === 'string' && typeof status.layers === 'object')
  );
}
