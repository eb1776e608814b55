import type { CatalogueEntry } from '#backups/catalogue.ts';
import type { DrillRow } from './backups-port.ts';

/** What rehearsals left in the store beside the backups that they restored, newest first. */
export function drillsIn(backups: readonly CatalogueEntry[]): readonly DrillRow[] {
  return backups
    .flatMap(({ proofs }) => proofs)
    .filter(({ level, rto, rpo }) => level === 'restored' || level === 'served' || rto !== null || rpo !== null)
    .map(
      ({ operation, tenant, status, at, backup, level, rto, rpo, seconds, checks }): DrillRow => ({
        ...{ operation, tenant, kind: 'restore', status, at, backup, level, rto, rpo, seconds, checks },
        message: checks.find((one) => one.status === 'failed')?.message ?? '',
      }),
    )
    .sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
}
