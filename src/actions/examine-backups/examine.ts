import type { Tenant } from '#estate/estate.ts';
import { type Finding, flaw } from '#health/finding.ts';
import { type ContextOptions, openContext } from '../context.ts';
import { examineFilestores } from './filestores.ts';
import { examineKeys } from './keys.ts';
import { examineLeftovers } from './leftovers.ts';
import { examineLogins } from './logins.ts';
import { type Looked, wordsOf } from './looked.ts';
import { examinePrograms } from './programs.ts';
import { examineRecovery } from './recovery.ts';
import { examineStore } from './store.ts';

const looks: readonly (readonly [name: string, look: (world: Looked) => Promise<readonly Finding[]>])[] = [
  ['programs', examinePrograms],
  ['store', examineStore],
  ['keys', examineKeys],
  ['logins', examineLogins],
  ['recovery', examineRecovery],
  ['filestores', examineFilestores],
  ['leftovers', examineLeftovers],
];

/** Whether backups could be made, read and restored from here, looked at without writing anything. An estate without a store has none. */
export async function examineBackups(
  options: Pick<ContextOptions, 'estate' | 'clock' | 'env' | 'tenants'>,
  chosen: readonly Tenant[],
): Promise<readonly Finding[]> {
  const { backups } = options.estate;
  if (backups === undefined) {
    return [];
  }
  const context = openContext({ ...options, write: false, statuses: [] });
  try {
    const found = await Promise.all(
      looks.map(([name, look]) =>
        look({ ...context, backups, tenants: chosen, everybody: options.tenants }).catch(
          (error: unknown): readonly Finding[] => [
            flaw('backups', name, 'away', `could not be looked at: ${wordsOf(error)}`),
          ],
        ),
      ),
    );
    return found.flat();
  } finally {
    await context.close();
  }
}
