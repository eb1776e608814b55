import { isBeingWritten, type Remains } from '#backups/leftovers.ts';
import { type BackupsPicture, readBackups } from '#backups/read-backups.ts';
import type { Tenant } from '#estate/estate.ts';
import { stateFolder } from '#health/state-folder.ts';
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
    const isEverybody = chosen.length === options.tenants.length;
    // What is under way is looked at first: it may end while the rest is read, and then nothing of it is left over.
    const running = await runningNow(context).catch(() => null);
    const [picture, remains] = await Promise.all([
      readBackups(context, chosen, {
        kept: stateFolder(options.estate.id, options.env),
        isEverybody,
      }),
      running === null ? [] : findRemains(context, options.tenants, running),
    ]);
    const names = new Set(chosen.map(({ name }) => name));
    return {
      ...picture,
      remains: remains.filter(({ tenant }) => isEverybody || (tenant !== null && names.has(tenant))),
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
