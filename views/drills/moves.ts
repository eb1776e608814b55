import type { DrillRow } from '#actions/desk/backups-port.ts';
import { type Move, movedIn, placeIn } from '../components/list.ts';
import { type ConsoleState, screenBelow, withTop } from '../state/state.ts';
import { drillTable } from './heights.ts';
import { drillId, drillRows } from './rows.ts';

export function openedDrills(state: ConsoleState, tenant: string | null = null): ConsoleState {
  const below = state.above.filter(({ kind }) => kind === 'tenant' || kind === 'backups' || kind === 'tenant-backups');
  return { ...state, above: [...below, { kind: 'drills', tenant, cursor: null, place: 0, top: 0 }] };
}

export function moveDrill(state: ConsoleState, to: Move): ConsoleState {
  const screen = state.above.at(-1);
  return screen?.kind === 'drills'
    ? withTop(state, movedIn(screen, drillRows(state, screen).map(drillId), drillTable(state), to))
    : state;
}

/** The result that the cursor is on. */
export function selectedDrill(state: ConsoleState): DrillRow | undefined {
  const screen = screenBelow(state);
  if (screen.kind !== 'drills') {
    return undefined;
  }
  const rows = drillRows(state, screen);
  return rows[placeIn(rows.map(drillId), screen)];
}
