import { emptyLine, lineOf } from '../components/edit-line.ts';
import { openedOperations } from '../operations/moves.ts';
import { currentScreen } from '../state/state.ts';
import type { Binding } from './binding.ts';
import { changes } from './changes.ts';

/** Keys that work on every screen. */
export const everywhereBindings: readonly Binding[] = [
  {
    id: 'filter',
    keys: ['/'],
    title: 'Filter the tenants: words, tier=critical, grade=warn,critical, !word',
    hint: 'filter',
    where: 'tenants',
    run: changes((state) => ({
      ...state,
      input: { purpose: 'filter', line: lineOf(state.tenants.filter), recalled: -1 },
    })),
  },
  {
    id: 'palette',
    keys: [':'],
    title: 'Open the palette, with the command line’s words',
    hint: 'palette',
    where: 'everywhere',
    run: changes((state) => ({ ...state, input: { purpose: 'palette', line: emptyLine, recalled: -1 } })),
  },
  {
    id: 'help',
    keys: ['?', 'f1'],
    title: 'List the keys of this screen, look through them, run one',
    hint: 'keys',
    where: 'everywhere',
    run: changes((state) =>
      currentScreen(state).kind === 'help'
        ? state
        : { ...state, above: [...state.above, { kind: 'help', query: emptyLine, cursor: 0, top: 0 }] },
    ),
  },
  {
    id: 'redraw',
    keys: ['ctrl+l'],
    title: 'Draw the screen anew',
    where: 'everywhere',
    run: (hands) => hands.redraw(),
  },
  {
    id: 'suspend',
    keys: ['ctrl+z'],
    title: 'To the shell; fg comes back',
    where: 'everywhere',
    run: (hands) => hands.suspend(),
  },
  {
    id: 'quit',
    keys: ['q', 'ctrl+c'],
    title: 'Leave till',
    hint: 'quit',
    where: 'everywhere',
    run: (hands) => hands.quit(),
  },
  {
    id: 'operations',
    keys: ['o'],
    title: 'What runs and what ran lately',
    hint: 'operations',
    where: 'everywhere',
    run: changes(openedOperations),
  },
];
