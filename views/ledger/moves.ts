import { listHeights, type Move, movedIn, placeIn } from '../components/list.ts';
import { type ConsoleState, type LedgerScreen, withTop } from '../state/state.ts';
import { entryLines } from './lines.ts';
import { entryId, ledgerRows } from './rows.ts';

export function ledgerScreen({ above }: ConsoleState): LedgerScreen | undefined {
  return above.findLast((screen) => screen.kind === 'ledger');
}

export function moveEntry(state: ConsoleState, to: Move): ConsoleState {
  const screen = state.above.at(-1);
  return screen?.kind === 'ledger'
    ? withTop(state, movedIn(screen, ledgerRows(screen).map(entryId), listHeights(state).table, to))
    : state;
}

export function selectedEntry(state: ConsoleState) {
  const screen = ledgerScreen(state);
  const rows = screen === undefined ? [] : ledgerRows(screen);
  return screen === undefined ? undefined : rows[placeIn(rows.map(entryId), screen)];
}

export function filterLedger(state: ConsoleState, filter: string): ConsoleState {
  const screen = state.above.at(-1);
  return screen?.kind === 'ledger' ? withTop(state, { ...screen, filter, cursor: null, place: 0, top: 0 }) : state;
}

/** An entry has no cursor: its text scrolls. */
export function scrollEntry(state: ConsoleState, to: Move): ConsoleState {
  const screen = state.above.at(-1);
  if (screen?.kind !== 'entry') {
    return state;
  }
  const { table } = listHeights(state);
  const last = Math.max(0, entryLines(screen.entry, state.columns - 3).length - table);
  return withTop(state, { ...screen, top: Math.max(0, Math.min(last, to(screen.top, last + 1, table - 1))) });
}
