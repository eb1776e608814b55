import type { AccessForm } from '#actions/desk/access-form.ts';
import { type ConsoleState, openTenantScreen } from '../state/state.ts';
import { tenantUnderCursor } from '../tenants/rows.ts';

/** What a request begins with: the marked tenants, else the one that was looked at. */
export function prefill(state: ConsoleState): Partial<AccessForm> {
  const open = openTenantScreen(state)?.tenant;
  const known = new Set(state.picture?.tenants.map(({ tenant }) => tenant));
  const marked = [...state.tenants.marks].filter((name) => known.has(name));
  const here = open ?? tenantUnderCursor(state)?.tenant;
  const tenants = open === undefined && marked.length > 0 ? marked : here === undefined ? [] : [here];
  return { tenants: tenants.join(', '), for: '30m' };
}
