import type { ActionFacts } from '#actions/desk/port.ts';
import type { Remains } from '#backups/leftovers.ts';
import type { BackupRow } from '#backups/rows.ts';
import { selectedBackup, selectedDatabase } from '../backups/moves.ts';
import { lineOf } from '../components/edit-line.ts';
import type { ConsoleState, KeyedScreen } from '../state/state.ts';
import { targetsOf, whyNot } from './actions.ts';
import type { Binding } from './binding.ts';

/** What can be done about a backup, and how its line begins. */
interface Deed {
  readonly action: string;
  readonly key: string;
  readonly hint: string;
  readonly title: string;
  /** Where it stands; `backup` means the one that is selected where one is, else the newest. */
  readonly where: readonly KeyedScreen['kind'][];
  line(tenant: string, backup: BackupRow | null, database: Remains | null): string;
  /** Left to be gone on with: into which name, up to when. */
  readonly isTyped?: boolean;
  /** It is about a backup of ours, or about a database that a restore has made. */
  readonly needs?: 'backup' | 'database';
  /** Databases that it is not for. */
  readonly notFor?: Remains['kind'];
}

const everyScreen = ['backups', 'tenant-backups', 'backup', 'drills'] as const;

const deeds: readonly Deed[] = [
  {
    ...{ action: 'backup', key: 'b', hint: 'back up', title: 'Back the tenant up now', where: everyScreen },
    line: (tenant) => `backup ${tenant}`,
  },
  {
    ...{ action: 'verify-backup', key: 'v', hint: 'verify', title: 'Read the backup back whole, and record the proof' },
    ...{ where: ['backups', 'tenant-backups', 'backup'], needs: 'backup' },
    line: (tenant, backup) => `verify-backup ${tenant}${backup === null ? '' : ` --backup ${backup.backup}`}`,
  },
  {
    ...{ action: 'restore', key: 'e', hint: 'restore', title: 'Restore the backup into a new database' },
    ...{ where: ['backups', 'tenant-backups', 'backup'], needs: 'backup', isTyped: true },
    line: (tenant, backup) => `restore ${tenant} --from ${backup?.backup ?? 'latest'} `,
  },
  {
    ...{ action: 'drill', key: 'd', hint: 'drill', title: 'Rehearse a restore from it, and measure' },
    ...{ where: everyScreen, needs: 'backup' },
    line: (tenant, backup) => `drill ${tenant} --kind restore${backup === null ? '' : ` --from ${backup.backup}`}`,
  },
  {
    ...{
      action: 'drill',
      key: 'F',
      hint: 'fail over',
      title: 'Rehearse a failover of its database server, and measure',
    },
    where: ['drills'],
    line: (tenant) => `drill ${tenant} --kind failover`,
  },
  {
    ...{ action: 'prune', key: 'p', hint: 'prune', title: 'Remove backups that no rule keeps' },
    where: ['backups', 'tenant-backups'],
    line: (tenant) => `prune ${tenant}`,
  },
  {
    ...{
      action: 'restore',
      key: 'S',
      hint: 'swap in',
      title: 'Make this restored database the live one; the live one is kept',
    },
    ...{ where: ['tenant-backups'], needs: 'database', notFor: 'scratch' },
    line: (tenant, _backup, database) => `restore ${tenant} --swap ${database?.name ?? ''}`,
  },
  {
    ...{
      action: 'restore',
      key: 'X',
      hint: 'drop',
      title: 'Drop this database, which a restore, a drill or a swap has left',
    },
    ...{ where: ['tenant-backups'], needs: 'database' },
    line: (tenant, _backup, database) => `restore ${tenant} --drop ${database?.name ?? ''}`,
  },
  {
    ...{ action: 'backup', key: 'B', hint: 'all owed', title: 'Back up everybody who is owed a backup now' },
    where: ['backups'],
    line: () => 'backup --due',
  },
];

/** The keys of what can be done about backups, as far as there are such actions. */
export function backupDeeds({ acting: { actions } }: ConsoleState): readonly Binding[] {
  if (last.actions !== actions) {
    last = {
      actions,
      bindings: deeds.flatMap((deed) => {
        const action = actions.find(({ name }) => name === deed.action);
        return action === undefined ? [] : deed.where.map((where) => bindingOfDeed(deed, action, where));
      }),
    };
  }
  return last.bindings;
}

let last: { readonly actions: readonly ActionFacts[] | null; readonly bindings: readonly Binding[] } = {
  actions: null,
  bindings: [],
};

function bindingOfDeed(deed: Deed, action: ActionFacts, where: KeyedScreen['kind']): Binding {
  const { key, hint, title } = deed;
  return {
    ...{ id: `${deed.action}-${key}-${where}`, keys: [key], title, hint, kind: 'action', where },
    disabledReason: (state) => whyNot(action, state) ?? whyNotOf(deed, state),
    run(hands) {
      const state = hands.state();
      const [tenant] = targetsOf(state);
      if (tenant === undefined) {
        return;
      }
      const line = deed.line(tenant, ourBackup(state), selectedDatabase(state) ?? null);
      if (deed.isTyped !== true) {
        hands.acting.plan(line);
        return;
      }
      hands.set({ ...state, input: { purpose: 'palette', line: lineOf(line), recalled: -1 } });
      hands.acting.need(deed.action);
    },
  };
}

/** The selected backup where there is one that is ours; null means the newest. */
function ourBackup(state: ConsoleState): BackupRow | null {
  const row = selectedBackup(state);
  return row?.source === 'till' ? row : null;
}

function whyNotOf({ needs, notFor }: Deed, state: ConsoleState): string | null {
  const { backups } = state;
  if (backups === null || backups.picture === null) {
    return 'the backups are still being read';
  }
  if (backups.picture.store === null) {
    return 'the estate names no store; till backups shows what to add to it';
  }
  switch (needs) {
    case 'backup':
      return whyNoBackup(state, backups.picture.ours);
    case 'database': {
      const database = selectedDatabase(state);
      return database === undefined
        ? 'it is about a database that a restore has made, and this is none'
        : database.kind === notFor
          ? 'it was never whole; X drops it'
          : null;
    }
    default:
      return null;
  }
}

function whyNoBackup(state: ConsoleState, ours: readonly { readonly tenant: string }[]): string | null {
  const [tenant] = targetsOf(state);
  const row = selectedBackup(state);
  if (selectedDatabase(state) !== undefined) {
    return 'this is a database and no backup: S swaps it in, X drops it';
  }
  if (row !== undefined && row.source !== 'till') {
    return `${row.source} made it: only their own tools open it`;
  }
  return ours.some((entry) => entry.tenant === tenant)
    ? null
    : `there is no backup of ${tenant ?? 'it'} yet; b makes one`;
}
