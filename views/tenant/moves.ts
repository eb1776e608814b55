import { clampIndex } from '../components/scroll.ts';
import { type ConsoleState, openTenantScreen, type Section, sections, type TenantScreen } from '../state/state.ts';
import { moveCursorTo } from '../tenants/moves.ts';
import { shownTenants } from '../tenants/rows.ts';
import { tenantHeights } from './heights.ts';
import { sectionView } from './sections.ts';
import { selectableIndexes, selectedPlace, topOf } from './selection.ts';

/** The open tenant's screen; undefined when another one is on top. */
export function tenantScreen(state: ConsoleState): TenantScreen | undefined {
  const top = state.above.at(-1);
  return top?.kind === 'tenant' ? top : undefined;
}

export function withTenant(state: ConsoleState, change: Partial<TenantScreen>): ConsoleState {
  const screen = tenantScreen(state);
  return screen === undefined ? state : { ...state, above: [...state.above.slice(0, -1), { ...screen, ...change }] };
}

export function openSection(state: ConsoleState, section: Section): ConsoleState {
  return withTenant(state, { section, cursor: null, place: 0, top: 0 });
}

export function turnSection(state: ConsoleState, by: 1 | -1): ConsoleState {
  const screen = tenantScreen(state);
  if (screen === undefined) {
    return state;
  }
  const next = (sections.indexOf(screen.section) + by + sections.length) % sections.length;
  return openSection(state, sections[next] ?? 'signals');
}

/** Moves among the rows that can be selected; the cursor counts those alone. */
export function moveRow(state: ConsoleState, to: (place: number, count: number, page: number) => number): ConsoleState {
  const screen = tenantScreen(state);
  if (screen === undefined) {
    return state;
  }
  const view = sectionView(state, screen);
  const selectable = selectableIndexes(view);
  const height = tenantHeights(state).table;
  const wanted = to(selectedPlace(view, screen), selectable.length, Math.max(1, height - 1));
  const place = Math.max(0, clampIndex(wanted, selectable.length));
  const moved = { ...screen, place, cursor: view.rows[selectable[place] ?? -1]?.id ?? null };
  return withTenant(state, { ...moved, top: topOf(view, moved, height) });
}

/** The tenant's screen on top; where one is open already it changes over, with the same section. */
export function openedTenant(state: ConsoleState, tenant: string): ConsoleState {
  const index = shownTenants(state).findIndex((one) => one.tenant === tenant);
  const there = index === -1 ? state : moveCursorTo(state, index);
  const section = openTenantScreen(state)?.section ?? 'signals';
  return { ...there, above: [{ kind: 'tenant', tenant, section, cursor: null, place: 0, top: 0 }] };
}
