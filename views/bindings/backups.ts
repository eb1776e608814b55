import { backupBody } from '../backups/body.ts';
import {
  moveBackup,
  moveStanding,
  openedBackup,
  openedBackups,
  openedTenantBackups,
  scrollBackup,
  selectedBackup,
  selectedStanding,
} from '../backups/moves.ts';
import { moveDrill, openedDrills, selectedDrill } from '../drills/moves.ts';
import { type ConsoleState, screenBelow } from '../state/state.ts';
import { tenantUnderCursor } from '../tenants/rows.ts';
import type { Binding, Hands } from './binding.ts';
import { changes } from './changes.ts';
import { backKey, movingKeys } from './rows.ts';

/** What is older than this is read again when its screen is opened. */
const freshMs = 20_000;

/** From the table, from a tenant and from each other: to the backups and to the drills. */
export const backupsWays: readonly Binding[] = (['tenants', 'tenant', 'operations'] as const).flatMap(
  (where): readonly Binding[] => [
    {
      id: `backups-from-${where}`,
      keys: ['b'],
      title: where === 'tenant' ? 'The backups of this tenant' : 'Backups: how old, how well proven, what is owed',
      hint: 'backups',
      kind: 'way',
      where,
      run: toBackups,
    },
    {
      id: `drills-from-${where}`,
      keys: ['D'],
      title: where === 'tenant' ? 'What drills have measured of this tenant' : 'What drills have measured',
      hint: 'drills',
      kind: 'way',
      where,
      run: toDrills,
    },
  ],
);

/** Keys of the backups, of one tenant’s, of one backup, and of the drills. */
export const backupsBindings: readonly Binding[] = [
  {
    id: 'open-tenant-backups',
    keys: ['enter', 'right', 'l'],
    title: 'Every backup of this tenant',
    hint: 'its backups',
    where: 'backups',
    disabledReason: (state) => (selectedStanding(state) === undefined ? 'no tenant is shown' : null),
    run: (hands) => {
      const row = selectedStanding(hands.state());
      if (row !== undefined) {
        hands.set(openedTenantBackups(hands.state(), row.tenant));
      }
    },
  },
  {
    id: 'open-backup',
    keys: ['enter', 'right', 'l'],
    title: 'The whole backup: what it holds, what is missing, what was proven of it',
    hint: 'whole',
    where: 'tenant-backups',
    disabledReason: (state) => (selectedBackup(state) === undefined ? 'there is no backup' : null),
    run: changes(openedBackup),
  },
  {
    id: 'open-drilled-tenant',
    keys: ['enter', 'right', 'l'],
    title: 'The backups of this tenant',
    hint: 'its backups',
    where: 'drills',
    disabledReason: (state) => (selectedDrill(state) === undefined ? 'nothing was rehearsed yet' : null),
    run: (hands) => {
      const row = selectedDrill(hands.state());
      if (row !== undefined) {
        hands.set(openedTenantBackups(hands.state(), row.tenant));
      }
    },
  },
  ...(['backups', 'tenant-backups', 'backup'] as const).map(
    (where): Binding => ({
      ...{ id: `drills-from-${where}`, keys: ['D'], title: 'What drills have measured', hint: 'drills', where },
      run: toDrills,
    }),
  ),
  ...(['backups', 'tenant-backups', 'drills'] as const).map(
    (where): Binding => ({
      ...{ id: `read-again-${where}`, keys: ['r'], title: 'Read the backups again', hint: 'read again', where },
      disabledReason: ({ backups }) =>
        backups === null ? 'the estate is still being read' : backups.isReading ? 'they are being read' : null,
      run: (hands) => hands.acting.readBackups(0),
    }),
  ),
  ...(['backups', 'tenant-backups', 'backup', 'drills'] as const).map(backKey),
  ...movingKeys('backups', moveStanding),
  ...movingKeys('tenant-backups', moveBackup),
  ...movingKeys('backup', scrollBackup(bodyRows)),
  ...movingKeys('drills', moveDrill),
];

function bodyRows(state: ConsoleState): number {
  const screen = state.above.at(-1);
  return screen?.kind === 'backup' ? backupBody(state, screen).length : 0;
}

function toBackups(hands: Hands): void {
  const state = hands.state();
  const screen = screenBelow(state);
  const [under] = screen.kind === 'tenants' ? [tenantUnderCursor(state)?.tenant ?? null] : [null];
  hands.set(screen.kind === 'tenant' ? openedTenantBackups(state, screen.tenant) : openedBackups(state, under));
  hands.acting.readBackups(freshMs);
}

function toDrills(hands: Hands): void {
  const state = hands.state();
  const screen = screenBelow(state);
  const isOfOne = screen.kind === 'tenant' || screen.kind === 'tenant-backups' || screen.kind === 'backup';
  hands.set(openedDrills(state, isOfOne ? screen.tenant : null));
  hands.acting.readBackups(freshMs);
}
