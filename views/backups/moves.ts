import type { Remains } from '#backups/leftovers.ts';
import type { BackupRow } from '#backups/rows.ts';
import { listHeights, type Move, movedIn, placeIn } from '../components/list.ts';
import type { TenantBackupsScreen } from '../state/backup-screens.ts';
import { type ConsoleState, screenBelow, withTop } from '../state/state.ts';
import { backupId, backupsOf, type Held, heldId, heldOf } from './held.ts';
import { type StandingRow, standingRows } from './standing.ts';

const atTheTop = { cursor: null, place: 0, top: 0 } as const;

/** Every tenant’s standing; with the cursor on one of them where one is meant. */
export function openedBackups(state: ConsoleState, tenant: string | null = null): ConsoleState {
  const below = state.above.filter(({ kind }) => kind === 'tenant');
  const opened: ConsoleState = { ...state, above: [...below, { kind: 'backups', ...atTheTop }] };
  const place = standingRows(state).findIndex((row) => row.tenant === tenant);
  return place === -1 ? opened : moveStanding(opened, () => place);
}

export function openedTenantBackups(state: ConsoleState, tenant: string): ConsoleState {
  const below = state.above.filter(({ kind }) => kind === 'backups' || kind === 'tenant');
  return { ...state, above: [...below, { kind: 'tenant-backups', tenant, ...atTheTop }] };
}

export function moveStanding(state: ConsoleState, to: Move): ConsoleState {
  const screen = state.above.at(-1);
  const ids = standingRows(state).map(({ tenant }) => tenant);
  return screen?.kind === 'backups' ? withTop(state, movedIn(screen, ids, listHeights(state).table, to)) : state;
}

/** The tenant that the cursor is on. */
export function selectedStanding(state: ConsoleState): StandingRow | undefined {
  const screen = screenBelow(state);
  const rows = standingRows(state);
  return screen.kind !== 'backups'
    ? undefined
    : rows[
        placeIn(
          rows.map(({ tenant }) => tenant),
          screen,
        )
      ];
}

export function moveBackup(state: ConsoleState, to: Move): ConsoleState {
  const screen = state.above.at(-1);
  if (screen?.kind !== 'tenant-backups') {
    return state;
  }
  const ids = heldOf(state, screen.tenant).map(heldId);
  return withTop(state, movedIn(screen, ids, listHeights(state).table, to));
}

export function tenantBackupsScreen(state: ConsoleState): TenantBackupsScreen | undefined {
  const screen = screenBelow(state);
  return screen.kind === 'tenant-backups' ? screen : undefined;
}

/** What the cursor is on in a tenant’s list. */
function selectedHeld(state: ConsoleState): Held | undefined {
  const screen = tenantBackupsScreen(state);
  if (screen === undefined) {
    return undefined;
  }
  const rows = heldOf(state, screen.tenant);
  return rows[placeIn(rows.map(heldId), screen)];
}

/** The backup that the cursor is on, or that is open whole. */
export function selectedBackup(state: ConsoleState): BackupRow | undefined {
  const screen = screenBelow(state);
  if (screen.kind === 'backup') {
    return backupsOf(state, screen.tenant).find((row) => backupId(row) === screen.backup);
  }
  const held = selectedHeld(state);
  return held?.is === 'backup' ? held.backup : undefined;
}

/** The database that the cursor is on. */
export function selectedDatabase(state: ConsoleState): Remains | undefined {
  const held = selectedHeld(state);
  return held?.is === 'database' ? held.database : undefined;
}

export function openedBackup(state: ConsoleState): ConsoleState {
  const screen = tenantBackupsScreen(state);
  const row = selectedBackup(state);
  return screen === undefined || row === undefined
    ? state
    : {
        ...state,
        above: [...state.above, { kind: 'backup', tenant: screen.tenant, backup: backupId(row), top: 0 }],
      };
}

/** Of one backup, whole: more rows than a screen has are scrolled. */
export function scrollBackup(count: (state: ConsoleState) => number) {
  return (state: ConsoleState, to: Move): ConsoleState => {
    const screen = state.above.at(-1);
    if (screen?.kind !== 'backup') {
      return state;
    }
    const heights = listHeights(state);
    const height = heights.table + heights.titles;
    const last = Math.max(0, count(state) - height);
    return withTop(state, { ...screen, top: Math.max(0, Math.min(last, to(screen.top, last + 1, height))) });
  };
}
