import { lineOf } from '../components/edit-line.ts';
import { filterLedger, ledgerScreen, moveEntry, scrollEntry, selectedEntry } from '../ledger/moves.ts';
import type { Binding } from './binding.ts';
import { changes } from './changes.ts';
import { backKey, movingKeys } from './rows.ts';

/** Keys of the ledger, and of one entry of it. */
export const ledgerBindings: readonly Binding[] = [
  {
    id: 'open-entry',
    keys: ['enter', 'right', 'l'],
    title: 'The whole entry',
    hint: 'whole entry',
    where: 'ledger',
    disabledReason: (state) => (selectedEntry(state) === undefined ? 'no entry is shown' : null),
    run: changes((state) => {
      const entry = selectedEntry(state);
      return entry === undefined ? state : { ...state, above: [...state.above, { kind: 'entry', entry, top: 0 }] };
    }),
  },
  {
    id: 'filter-ledger',
    keys: ['/'],
    title: 'Filter the entries by words: a tenant, a person, an action, an id',
    hint: 'filter',
    where: 'ledger',
    run: changes((state) => ({
      ...state,
      input: { purpose: 'ledger-filter', line: lineOf(ledgerScreen(state)?.filter ?? ''), recalled: -1 },
    })),
  },
  {
    id: 'read-ledger-again',
    keys: ['r'],
    title: 'Read the ledger again',
    hint: 'read again',
    where: 'ledger',
    run: (hands) => hands.acting.openLedger(ledgerScreen(hands.state())?.operation ?? null),
  },
  {
    ...backKey('ledger'),
    run: changes((state) =>
      ledgerScreen(state)?.filter === '' ? { ...state, above: state.above.slice(0, -1) } : filterLedger(state, ''),
    ),
  },
  ...movingKeys('ledger', moveEntry),
  backKey('entry'),
  ...movingKeys('entry', scrollEntry),
];
