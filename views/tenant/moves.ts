import { clampIndex, topFor } from '../components/scroll.ts';
import { type ConsoleState, type Section, sections, type TenantScreen } from '../state/state.ts';
import { tenantHeights } from './heights.ts';
import { sectionView } from './sections.ts';

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
  return withTenant(state, { section, cursor: 0, top: 0 });
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
export function moveRow(
  state: ConsoleState,
  to: (cursor: number, count: number, page: number) => number,
): ConsoleState {
  const screen = tenantScreen(state);
  if (screen === undefined) {
    return state;
  }
  const { rows } = sectionView(state, screen);
  const selectable = rows.flatMap(({ selectable }, index) => (selectable ? [index] : []));
  const height = tenantHeights(state).table;
  const cursor = clampIndex(to(screen.cursor, selectable.length, Math.max(1, height - 1)), selectable.length);
  // The heading above the first row is shown with it.
  const index = cursor <= 0 ? 0 : (selectable[cursor] ?? 0);
  return withTenant(state, { cursor: Math.max(0, cursor), top: topFor(index, screen.top, height, rows.length) });
}
