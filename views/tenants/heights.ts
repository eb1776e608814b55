import { roomOf } from '../access/notices.ts';
import type { ConsoleState } from '../state/state.ts';

export interface Heights {
  readonly headers: number;
  readonly causes: number;
  readonly rules: number;
  readonly titles: number;
  readonly table: number;
  readonly bottom: number;
}

/** How the rows of the terminal are shared out. What is not the table gives way first when there are few. */
export function tenantsHeights(state: ConsoleState): Heights {
  const { picture } = state;
  const rows = roomOf(state);
  const headers = rows >= 8 ? 2 : 1;
  const causes = Math.min(picture?.causes.length ?? 0, rows >= 30 ? 3 : rows >= 16 ? 1 : 0);
  const rules = rows >= 20 ? 2 : rows >= 12 ? 1 : 0;
  const titles = rows >= 6 ? 1 : 0;
  const bottom = rows >= 24 ? 3 : rows >= 10 ? 2 : 1;
  return {
    headers,
    causes,
    rules,
    titles,
    bottom,
    table: Math.max(1, rows - headers - causes - rules - titles - bottom),
  };
}
