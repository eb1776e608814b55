import type { ConsoleState, SortColumn } from '../state/state.ts';
import { clearMarks, filterBy, moveCursor, moveCursorTo, pageRows, sortBy, toggleMark } from '../tenants/moves.ts';
import { shownTenants, tenantUnderCursor } from '../tenants/rows.ts';
import type { Binding } from './binding.ts';
import { changes } from './changes.ts';

const noTenant = (state: ConsoleState) => (tenantUnderCursor(state) === undefined ? 'no tenant is shown' : null);

/** Keys of the tenant table. */
export const tenantsBindings: readonly Binding[] = [
  {
    id: 'open-tenant',
    keys: ['enter', 'right', 'l'],
    title: 'Open the tenant under the cursor',
    hint: 'open',
    where: 'tenants',
    disabledReason: noTenant,
    run: (hands) => {
      const tenant = tenantUnderCursor(hands.state());
      if (tenant !== undefined) {
        hands.openTenant(tenant.tenant);
      }
    },
  },
  {
    id: 'mark-tenant',
    keys: ['space'],
    title: 'Mark the tenant, or take its mark away',
    hint: 'mark',
    where: 'tenants',
    disabledReason: noTenant,
    run: changes(toggleMark),
  },
  {
    id: 'clear-marks',
    keys: ['U'],
    title: 'Take every mark away',
    where: 'tenants',
    disabledReason: ({ tenants }) => (tenants.marks.size === 0 ? 'no tenant is marked' : null),
    run: changes(clearMarks),
  },
  sorting('worst', 'W', 'Sort by state, worst first'),
  sorting('name', 'N', 'Sort by name'),
  sorting('tier', 'T', 'Sort by tier, most demanding first'),
  sorting('orders', 'O', 'Sort by orders in the last 15 minutes'),
  sorting('age', 'A', 'Sort by age, oldest first'),
  moving('next-tenant', ['j', 'down'], 'Next tenant', (state) => moveCursor(state, 1)),
  moving('previous-tenant', ['k', 'up'], 'Previous tenant', (state) => moveCursor(state, -1)),
  moving('next-page', ['pagedown', 'ctrl+f'], 'A page down', (state) => moveCursor(state, pageRows(state))),
  moving('previous-page', ['pageup', 'ctrl+b'], 'A page up', (state) => moveCursor(state, -pageRows(state))),
  moving('first-tenant', ['g', 'home'], 'First tenant', (state) => moveCursorTo(state, 0)),
  moving('last-tenant', ['G', 'end'], 'Last tenant', (state) => moveCursorTo(state, shownTenants(state).length - 1)),
  {
    id: 'clear',
    keys: ['esc'],
    title: 'Clear the filter, then the marks',
    where: 'tenants',
    disabledReason: ({ tenants: { filter, marks } }) =>
      filter === '' && marks.size === 0 ? 'nothing to clear; q quits' : null,
    run: changes((state) => (state.tenants.filter === '' ? clearMarks(state) : filterBy(state, ''))),
  },
];

function sorting(column: SortColumn, key: string, title: string): Binding {
  return {
    id: `sort-by-${column}`,
    keys: [key],
    title,
    where: 'tenants',
    run: changes((state) => sortBy(state, column)),
  };
}

function moving(
  id: string,
  keys: readonly string[],
  title: string,
  move: (state: ConsoleState) => ConsoleState,
): Binding {
  return { id, keys, title, where: 'tenants', disabledReason: noTenant, run: changes(move) };
}
