import { themeNamed, themes } from '#themes/index.ts';
import type { Hands } from '../bindings/binding.ts';
import { bindings } from '../bindings/index.ts';
import { openedOperations } from '../operations/moves.ts';
import { operationName } from '../operations/rows.ts';
import { type ConsoleState, type SortColumn, sections } from '../state/state.ts';
import { openSection, tenantScreen } from '../tenant/moves.ts';
import { filterFields, parseFilter } from '../tenants/filter.ts';
import { filterBy, sortBy } from '../tenants/moves.ts';
import { accessWords } from './access.ts';
import { actionWords } from './actions.ts';
import { backupWords } from './backups.ts';
import { tenantNames } from './tenants.ts';
import { unknown } from './unknown.ts';

export interface Candidate {
  readonly value: string;
  readonly note: string;
}

/** A word of the palette. It has the command line's grammar: `:show NAME` is `till show NAME`. */
export interface PaletteWord {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly title: string;
  /** What may follow, for completion; left out when nothing does. */
  readonly argument?: {
    readonly name: string;
    readonly required: boolean;
    /** `typed` is what stands between the word and what is being completed. */
    candidates(state: ConsoleState, typed: string): readonly Candidate[];
  };
  disabledReason?(state: ConsoleState): string | null;
  /** Does it, or returns why not. */
  run(hands: Hands, argument: string): string | null;
}

const sortColumns: readonly SortColumn[] = ['worst', 'name', 'tier', 'orders', 'age'];

/** The console's own words and those of the actions. */
export function paletteWords(state: ConsoleState): readonly PaletteWord[] {
  return [...ownWords, ...backupWords, ...accessWords, ...actionWords(state)];
}

const ownWords: readonly PaletteWord[] = [
  {
    name: 'show',
    aliases: ['tenant', 'open'],
    title: 'open a tenant',
    argument: {
      name: 'TENANT',
      required: true,
      candidates: tenantNames,
    },
    run: (hands, argument) => {
      const names = (hands.state().picture?.tenants ?? []).map(({ tenant }) => tenant);
      if (!names.includes(argument)) {
        return unknown('tenant', argument, names);
      }
      hands.openTenant(argument);
      return null;
    },
  },
  {
    name: 'status',
    aliases: ['home', 'tenants'],
    title: 'back to the table of all tenants',
    run: (hands) => {
      hands.set({ ...hands.state(), above: [] });
      return null;
    },
  },
  {
    name: 'filter',
    title: 'show only some tenants',
    argument: {
      name: 'WORDS',
      required: false,
      candidates: () => filterFields.map((field) => ({ value: `${field}=`, note: '' })),
    },
    run: (hands, argument) => {
      const { mistake } = parseFilter(argument);
      if (mistake === null) {
        hands.set({ ...filterBy(hands.state(), argument), above: [] });
      }
      return mistake;
    },
  },
  {
    name: 'sort',
    title: 'sort the table',
    argument: { name: 'COLUMN', required: true, candidates: () => sortColumns.map((value) => ({ value, note: '' })) },
    run: (hands, argument) => {
      const [name = '', direction = ''] = argument.split(/\s+/);
      const column = sortColumns.find((one) => one === name);
      if (column === undefined) {
        return unknown('column', name, sortColumns);
      }
      hands.set(
        sortBy(hands.state(), column, direction === '' ? undefined : direction.startsWith('r') || direction === 'desc'),
      );
      return null;
    },
  },
  {
    name: 'section',
    title: 'open a section of this tenant',
    disabledReason: (state) => (tenantScreen(state) === undefined ? 'no tenant is open' : null),
    argument: { name: 'SECTION', required: true, candidates: () => sections.map((value) => ({ value, note: '' })) },
    run: (hands, argument) => {
      const section = sections.find((one) => one === argument);
      if (section === undefined) {
        return unknown('section', argument, sections);
      }
      hands.set(openSection(hands.state(), section));
      return null;
    },
  },
  {
    name: 'theme',
    title: 'change the colours, and keep them',
    argument: {
      name: 'THEME',
      required: true,
      candidates: () => themes.map(({ name, title }) => ({ value: name, note: title })),
    },
    run: (hands, argument) => {
      const theme = themeNamed(argument);
      if (theme === undefined) {
        return unknown(
          'theme',
          argument,
          themes.map(({ name }) => name),
        );
      }
      hands.setTheme(theme);
      return null;
    },
  },
  {
    name: 'operations',
    title: 'what runs and what ran lately',
    run: (hands) => {
      hands.set(openedOperations(hands.state()));
      return null;
    },
  },
  {
    name: 'audit',
    aliases: ['ledger'],
    title: 'who did what, newest first',
    argument: { name: 'OPERATION', required: false, candidates: operationIds },
    run: (hands, argument) => {
      hands.acting.openLedger(argument === '' ? null : argument);
      return null;
    },
  },
  {
    name: 'undo',
    title: 'plan the way back from an operation',
    argument: { name: 'OPERATION', required: false, candidates: operationIds },
    run: (hands, argument) => {
      const { standing } = hands.state().acting;
      const last = standing?.ended.find(({ status }) => status === 'ok')?.operation;
      const operation = argument === '' ? last : argument;
      if (operation === undefined) {
        return 'nothing has been done yet that could be undone';
      }
      hands.acting.undo(operation);
      return null;
    },
  },
  {
    name: 'stop',
    title: 'ask a running operation to end between two steps',
    disabledReason: ({ acting: { standing } }) => ((standing?.running.length ?? 0) === 0 ? 'nothing runs' : null),
    argument: {
      name: 'OPERATION',
      required: true,
      candidates: ({ acting: { standing } }) =>
        (standing?.running ?? []).map((row) => ({ value: row.operation, note: operationName(row) })),
    },
    run: (hands, argument) => {
      const ids = (hands.state().acting.standing?.running ?? []).map(({ operation }) => operation);
      if (!ids.includes(argument)) {
        return unknown('running operation', argument, ids);
      }
      hands.acting.stop(argument);
      return null;
    },
  },
  {
    name: 'help',
    aliases: ['keys'],
    title: 'the keys of this screen',
    run: (hands) => {
      bindings.find(({ id }) => id === 'help')?.run(hands);
      return null;
    },
  },
  {
    name: 'quit',
    aliases: ['q', 'exit'],
    title: 'leave till',
    run: (hands) => {
      hands.quit();
      return null;
    },
  },
];

export function wordNamed(state: ConsoleState, name: string): PaletteWord | undefined {
  return paletteWords(state).find((word) => word.name === name || word.aliases?.includes(name));
}

function operationIds({ acting: { standing } }: ConsoleState): readonly Candidate[] {
  return [...(standing?.running ?? []), ...(standing?.ended ?? [])].map((row) => ({
    value: row.operation,
    note: `${operationName(row)} ${row.status}`,
  }));
}
