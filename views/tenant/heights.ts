import { roomOf } from '../access/notices.ts';
import type { ConsoleState } from '../state/state.ts';

/** How the rows of the terminal are shared out on a tenant's screen. */
export function tenantHeights(state: ConsoleState) {
  const rows = roomOf(state);
  const headers = rows >= 8 ? 3 : rows >= 5 ? 2 : 1;
  const rules = rows >= 20 ? 2 : rows >= 12 ? 1 : 0;
  const titles = rows >= 6 ? 1 : 0;
  const bottom = rows >= 20 ? 4 : rows >= 10 ? 2 : 1;
  return { headers, rules, titles, bottom, table: Math.max(1, rows - headers - rules - titles - bottom) };
}
