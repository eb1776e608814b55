import type { ActionFacts } from '#actions/desk/port.ts';
import type { BackupRow } from '#backups/rows.ts';
import { selectedBackup } from '../backups/moves.ts';
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
  line(tenant: string, backup: BackupRow | null): string;
  /** Left to be gone on with: into which name, up to when. */
  readonly isTyped?: boolean;
  /** It is about a backup of ours. */
  readonly needsBackup?: boolean;
}

const everyScreen = ['backups', 'tenant-backups', 'backup', 'drills'] as const;

const deeds: readonly Deed[] = [
  {
    ...{ action: 'backup', key: 'b', hint: 'back up', title: 'Back the tenant up now', where: everyScreen },
    line: (tenant) => `backup ${tenant}`,
  },
  {
    ...{ action: 'verify-backup', key: 'v', hint: 'verify', title: 'Read the backup back whole, and record the proof' },
    ...{ where: ['backups', 'tenant-backups', 'backup'], needsBackup: true },
    line: (tenant, backup) => `verify-backup ${tenant}${backup === null ? '' : ` --backup ${backup.backup}`}`,
  },
  {
    ...{ action: 'restore', key: 'e', hint: 'restore', title: 'Restore the backup into a new database' },
    ...{ where: ['backups', 'tenant-backups', 'backup'], needsBackup: true, isTyped: true },
    line: (tenant, backup) => `restore ${tenant} --from ${backup?.backup ?? 'latest'} `,
  },
  {
    ...{ action: 'drill', key: 'd', hint: 'drill', title: 'Rehearse a restore from it, and measure' },
    ...{ where: everyScreen, needsBackup: true },
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
      const line = deed.line(tenant, ourBackup(state));
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

function whyNotOf({ needsBackup }: Deed, state: ConsoleState): string | null {
  const { backups } = state;
  if (backups === null || backups.picture === null) {
    return 'the backups are still being read';
  }
  if (backups.picture.store === null) {
    return 'the estate names no store; till backups shows what to add to it';
  }
  const [tenant] = targetsOf(state);
  const row = selectedBackup(state);
  if (needsBackup !== true) {
    return null;
  }
  if (row !== undefined && row.source !== 'till') {
    return `${row.source} made it: only their own tools open it`;
  }
  const known = backups.picture.ours.some((entry) => entry.tenant === tenant);
  return known ? null : `there is no backup of ${tenant ?? 'it'} yet; b makes one`;
}
