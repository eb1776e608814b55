import { moveRow, openSection, tenantScreen, turnSection } from '../tenant/moves.ts';
import { tenantSections } from '../tenant/sections.ts';
import { moveCursor } from '../tenants/moves.ts';
import { shownTenants } from '../tenants/rows.ts';
import type { Binding, Hands } from './binding.ts';
import { changes } from './changes.ts';

/** Keys of a tenant's own screen. */
export const tenantBindings: readonly Binding[] = [
  {
    id: 'back',
    keys: ['esc', 'left', 'h', 'backspace'],
    title: 'Back to the table',
    hint: 'back',
    where: 'tenant',
    run: changes((state) => ({ ...state, above: state.above.slice(0, -1) })),
  },
  {
    id: 'next-section',
    keys: ['tab'],
    title: 'Next section',
    hint: 'section',
    where: 'tenant',
    run: changes((state) => turnSection(state, 1)),
  },
  {
    id: 'previous-section',
    keys: ['shift+tab'],
    title: 'Previous section',
    where: 'tenant',
    run: changes((state) => turnSection(state, -1)),
  },
  ...tenantSections.map(
    ({ id, title }, index): Binding => ({
      id: `open-${id}`,
      keys: [String(index + 1)],
      title: `Section ${title}`,
      where: 'tenant',
      run: changes((state) => openSection(state, id)),
    }),
  ),
  neighbour('next-tenant-here', ']', 1),
  neighbour('previous-tenant-here', '[', -1),
  moving('next-row', ['j', 'down'], 'Next row', (cursor) => cursor + 1),
  moving('previous-row', ['k', 'up'], 'Previous row', (cursor) => cursor - 1),
  moving('page-of-rows-down', ['pagedown', 'space', 'ctrl+f'], 'A page down', (cursor, _, page) => cursor + page),
  moving('page-of-rows-up', ['pageup', 'ctrl+b'], 'A page up', (cursor, _, page) => cursor - page),
  moving('first-row', ['g', 'home'], 'First row', () => 0),
  moving('last-row', ['G', 'end'], 'Last row', (_, count) => count - 1),
];

/** The tenant after or before this one in the table, with the same section open. */
function neighbour(id: string, key: string, by: 1 | -1): Binding {
  return {
    id,
    keys: [key],
    title: by === 1 ? 'Next tenant of the table' : 'Previous tenant of the table',
    ...(by === 1 ? { hint: 'next tenant' } : {}),
    where: 'tenant',
    run: (hands: Hands) => {
      const screen = tenantScreen(hands.state());
      if (screen === undefined) {
        return;
      }
      hands.set(moveCursor(hands.state(), by));
      const moved = hands.state();
      const name = moved.tenants.cursor ?? shownTenants(moved)[0]?.tenant;
      if (name !== undefined) {
        hands.openTenant(name);
      }
    },
  };
}

function moving(
  id: string,
  keys: readonly string[],
  title: string,
  to: (cursor: number, count: number, page: number) => number,
): Binding {
  return { id, keys, title, where: 'tenant', run: changes((state) => moveRow(state, to)) };
}
