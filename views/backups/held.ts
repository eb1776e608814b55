import type { Remains } from '#backups/leftovers.ts';
import type { BackupRow } from '#backups/rows.ts';
import type { ConsoleState } from '../state/state.ts';
import { standingRow } from './standing.ts';

/** What there is of a tenant besides the live one: databases that restores have made, and its backups. */
export type Held =
  | { readonly is: 'database'; readonly database: Remains }
  | { readonly is: 'backup'; readonly backup: BackupRow };

/** Databases first: somebody made them to swap them in, or forgot to drop them. Then backups, newest first. */
export function heldOf(state: ConsoleState, tenant: string): readonly Held[] {
  const { remains = [] } = state.backups?.picture ?? {};
  return [
    ...remains
      .filter((one) => one.tenant === tenant && one.kind !== 'folder' && one.kind !== 'unmarked')
      .map((database): Held => ({ is: 'database', database })),
    ...backupsOf(state, tenant).map((backup): Held => ({ is: 'backup', backup })),
  ];
}

export function backupsOf(state: ConsoleState, tenant: string): readonly BackupRow[] {
  return standingRow(state, tenant)?.backups ?? [];
}

export function heldId(held: Held): string {
  return held.is === 'backup' ? backupId(held.backup) : `database ${held.database.place} ${held.database.name}`;
}

/** Others name theirs as they like; two of them may use one name. */
export function backupId({ source, place, backup }: BackupRow): string {
  return source === 'till' ? backup : `${source} ${place} ${backup}`;
}
