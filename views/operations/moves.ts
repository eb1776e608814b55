import { listHeights, type Move, movedIn, placeIn } from '../components/list.ts';
import { type ConsoleState, type OperationsScreen, withTop } from '../state/state.ts';
import { operationRows } from './rows.ts';

export function operationsScreen({ above }: ConsoleState): OperationsScreen | undefined {
  return above.findLast((screen) => screen.kind === 'operations');
}

export function openedOperations(state: ConsoleState): ConsoleState {
  const others = state.above.filter(({ kind }) => kind === 'tenant');
  return { ...state, above: [...others, { kind: 'operations', cursor: null, place: 0, top: 0 }] };
}

export function moveOperation(state: ConsoleState, to: Move): ConsoleState {
  const screen = state.above.at(-1);
  const ids = operationRows(state).map(({ operation }) => operation);
  return screen?.kind === 'operations' ? withTop(state, movedIn(screen, ids, listHeights(state).table, to)) : state;
}

/** The operation that the cursor is on. */
export function selectedOperation(state: ConsoleState) {
  const screen = operationsScreen(state);
  const rows = operationRows(state);
  const ids = rows.map(({ operation }) => operation);
  return screen === undefined ? undefined : rows[placeIn(ids, screen)];
}
