import { type BackupsPicture, readBackups } from '#backups/read-backups.ts';
import type { Tenant } from '#estate/estate.ts';
import { stateFolder } from '#health/state-folder.ts';
import { type ContextOptions, openContext } from './context.ts';

/** Reads the backups of these tenants, ours and others'; opens what that needs, and closes it. */
export async function backupsPicture(
  options: Pick<ContextOptions, 'estate' | 'clock' | 'env' | 'tenants'>,
  chosen: readonly Tenant[],
): Promise<BackupsPicture> {
  const context = openContext({ ...options, write: false, statuses: [] });
  try {
    return await readBackups(context, chosen, {
      kept: stateFolder(options.estate.id, options.env),
      isEverybody: chosen.length === options.tenants.length,
    });
  } finally {
    await context.close();
  }
}
