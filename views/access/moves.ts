import { listHeights, type Move, movedIn, placeIn } from '../components/list.ts';
import { type ConsoleState, type GrantScreen, screenBelow, withTop } from '../state/state.ts';
import { grantBody } from './grant-body.ts';
import { type GrantRow, grantRows, rowNamed } from './rows.ts';

export function openedAccess(state: ConsoleState): ConsoleState {
  const others = state.above.filter(({ kind }) => kind === 'tenant');
  return { ...state, above: [...others, { kind: 'access', cursor: null, place: 0, top: 0 }] };
}

export function openedGrant(state: ConsoleState, grant: string): ConsoleState {
  const others = state.above.filter(({ kind }) => kind === 'tenant' || kind === 'access');
  const list = others.some(({ kind }) => kind === 'access') ? state : openedAccess(state);
  const below = list.above.filter(({ kind }) => kind === 'tenant' || kind === 'access');
  return { ...state, above: [...below, { kind: 'grant', grant, story: null, failure: null, top: 0 }] };
}

export function moveGrant(state: ConsoleState, to: Move): ConsoleState {
  const screen = state.above.at(-1);
  const ids = grantRows(state).map(({ grant }) => grant.grant);
  return screen?.kind === 'access' ? withTop(state, movedIn(screen, ids, listHeights(state).table, to)) : state;
}

/** The grant that keys are about: the one that is open, or the one under the cursor. */
export function selectedGrant(state: ConsoleState): GrantRow | undefined {
  const screen = screenBelow(state);
  if (screen.kind === 'grant') {
    return rowNamed(state, screen.grant);
  }
  const rows = grantRows(state);
  return screen.kind === 'access'
    ? rows[
        placeIn(
          rows.map(({ grant }) => grant.grant),
          screen,
        )
      ]
    : undefined;
}

export function grantScreenRows(state: ConsoleState, screen: GrantScreen) {
  const row = rowNamed(state, screen.grant);
  return row === undefined ? [] : grantBody(state, row, state.columns - 3, screen.story);
}

/** A grant has no cursor: its text scrolls. */
export function scrollGrant(state: ConsoleState, to: Move): ConsoleState {
  const screen = state.above.at(-1);
  if (screen?.kind !== 'grant') {
    return state;
  }
  const heights = listHeights(state);
  const height = heights.table + heights.titles;
  const last = Math.max(0, grantScreenRows(state, screen).length - height);
  return withTop(state, { ...screen, top: Math.max(0, Math.min(last, to(screen.top, last + 1, height - 1))) });
}
