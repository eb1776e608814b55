import { clampIndex, topFor } from '../components/scroll.ts';
import type { ConsoleState, SortColumn, TenantsScreen } from '../state/state.ts';
import { tenantsHeights } from './heights.ts';
import { cursorIndex, shownTenants, tenantUnderCursor } from './rows.ts';

/** Changes of the tenant table, each a state in and a state out. */

export function moveCursor(state: ConsoleState, by: number): ConsoleState {
  return moveCursorTo(state, cursorIndex(state) + by);
}

export function moveCursorTo(state: ConsoleState, index: number): ConsoleState {
  const shown = shownTenants(state);
  const next = clampIndex(index, shown.length);
  const tenant = shown[next];
  if (tenant === undefined) {
    return state;
  }
  const { table } = tenantsHeights(state);
  return withTenants(state, { cursor: tenant.tenant, top: topFor(next, state.tenants.top, table, shown.length) });
}

export function pageRows(state: ConsoleState): number {
  return Math.max(1, tenantsHeights(state).table - 1);
}

export function toggleMark(state: ConsoleState): ConsoleState {
  const tenant = tenantUnderCursor(state);
  if (tenant === undefined) {
    return state;
  }
  const marks = new Set(state.tenants.marks);
  if (!marks.delete(tenant.tenant)) {
    marks.add(tenant.tenant);
  }
  return moveCursor(withTenants(state, { marks }), 1);
}

export function clearMarks(state: ConsoleState): ConsoleState {
  return withTenants(state, { marks: new Set() });
}

/** Sorts by the column; a second time turns the order round. */
export function sortBy(state: ConsoleState, column: SortColumn, reversed?: boolean): ConsoleState {
  const { sort } = state.tenants;
  const turned = reversed ?? (sort.column === column && !sort.reversed);
  return inView(withTenants(state, { sort: { column, reversed: turned } }));
}

export function filterBy(state: ConsoleState, filter: string): ConsoleState {
  const next = withTenants(state, { filter });
  const { cursor } = state.tenants;
  const kept = cursor !== null && shownTenants(next).some(({ tenant }) => tenant === cursor);
  return inView(kept ? next : withTenants(next, { cursor: null, top: 0 }));
}

/**
 * The table after a new picture: the cursor follows its tenant, and stays on the row of the screen where it was. Nobody
 * moved it yet: it stays at the top, on whoever is worst now.
 */
export function followed(before: ConsoleState, after: ConsoleState): ConsoleState {
  const { cursor, top } = before.tenants;
  if (cursor === null) {
    return inView(after);
  }
  const index = cursorIndex(before);
  const shown = shownTenants(after);
  const next = shown.findIndex(({ tenant }) => tenant === cursor);
  if (next === -1) {
    return moveCursorTo(after, index);
  }
  return inView(withTenants(after, { top: next - (index - top) }));
}

/** The cursor's row within what is shown, after the rows, their order or the screen's height changed. */
export function inView(state: ConsoleState): ConsoleState {
  const count = shownTenants(state).length;
  const top = topFor(cursorIndex(state), state.tenants.top, tenantsHeights(state).table, count);
  return top === state.tenants.top ? state : withTenants(state, { top });
}

export function withTenants(state: ConsoleState, change: Partial<TenantsScreen>): ConsoleState {
  return { ...state, tenants: { ...state.tenants, ...change } };
}
