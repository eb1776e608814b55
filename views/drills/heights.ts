import { listHeights } from '../components/list.ts';
import type { ConsoleState } from '../state/state.ts';

/** How many rows the charts take; none where the table would have none left. */
export function chartRows(state: ConsoleState): number {
  const { table } = listHeights(state);
  return table >= 30 ? 9 : table >= 20 ? 7 : table >= 11 ? 5 : 0;
}

/** What is left for the results, with a blank row between. */
export function drillTable(state: ConsoleState): number {
  const rows = chartRows(state);
  return Math.max(1, listHeights(state).table - (rows === 0 ? 0 : rows + 1));
}
