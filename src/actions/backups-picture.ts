import type { Leftover } from '#backups/catalogue.ts';
import type { Remains } from '#backups/leftovers.ts';
import { type BackupsPicture, readBackups } from '#backups/read-backups.ts';
import type { Tenant } from '#estate/estate.ts';
import { stateFolder } from '#health/state-folder.ts';
import type { OpenOperation } from '#ledger/state.ts';
import { type ContextOptions, openContext } from './context.ts';
import { findRemains, runningNow } from './remains.ts';

/** With what restores and drills left on servers and disks. */
export interface WholePicture extends BackupsPicture {
  readonly remains: readonly Remains[];
}

/** Reads the backups of these tenants, ours and others'; opens what that needs, and closes it. */
export async function backupsPicture(
  options: Pick<ContextOptions, 'estate' | 'clock' | 'env' | 'tenants'>,
  chosen: readonly Tenant[],
): Promise<WholePicture> {
  const context = openContext({ ...options, write: false, statuses: [] });
  try {
    // What is under way is looked at first: it may end while the rest is read, and then nothing of it is left over.
    const running = await runningNow(context).catch(() => null);
    const [picture, remains] = await Promise.all([
      readBackups(context, chosen, {
        kept: stateFolder(options.estate.id, options.env),
        isEverybody: chosen.length === options.tenants.length,
      }),
      running === null ? [] : findRemains(context, options.tenants, running),
    ]);
    return {
      ...{ ...picture, remains },
      leftovers: picture.leftovers.filter((leftover) => !isBeingWritten(leftover, running ?? [])),
      failures: [...picture.failures, ...(running === null ? [ledgerIsAway] : [])],
    };
  } finally {
    await context.close();
  }
}

const ledgerIsAway = {
  source: 'ledger',
  message: 'it could not be read, so nobody knows what is under way, and what is left over',
};

/** What a backup that is under way has put into the store so far has no manifest yet. */
function isBeingWritten({ backup, tenant, at }: Leftover, running: readonly OpenOperation[]): boolean {
  return running.some(
    ({ operation, action, target, openedAt }) =>
      operation === backup ||
      (action === 'backup' && tenant !== null && target?.tenants.includes(tenant) === true && at >= openedAt),
  );
}
