import { roomOf } from '../access/notices.ts';
import type { ConsoleState } from '../state/state.ts';
import { clampIndex, topFor } from './scroll.ts';

/** A list with a cursor that names its row, as every list of the console has it. */
export interface ListCursor {
  /** Id of the row that the cursor is on; null until it was moved: the first row. */
  readonly cursor: string | null;
  /** Its place, for when that row has gone. */
  readonly place: number;
  readonly top: number;
}

export function placeIn(ids: readonly string[], { cursor, place }: ListCursor): number {
  const found = cursor === null ? 0 : ids.indexOf(cursor);
  return found === -1 ? Math.max(0, clampIndex(place, ids.length)) : found;
}

export type Move = (place: number, count: number, page: number) => number;

export function movedIn<List extends ListCursor>(list: List, ids: readonly string[], height: number, to: Move): List {
  const wanted = to(placeIn(ids, list), ids.length, Math.max(1, height - 1));
  const place = Math.max(0, clampIndex(wanted, ids.length));
  return { ...list, place, cursor: ids[place] ?? null, top: topFor(place, list.top, height, ids.length) };
}

export function listHeights(state: ConsoleState) {
  const rows = roomOf(state);
  const headers = rows >= 8 ? 2 : 1;
  const rules = rows >= 20 ? 2 : rows >= 12 ? 1 : 0;
  const titles = rows >= 6 ? 1 : 0;
  const bottom = rows >= 20 ? 3 : rows >= 10 ? 2 : 1;
  return { headers, rules, titles, bottom, table: Math.max(1, rows - headers - rules - titles - bottom) };
}
