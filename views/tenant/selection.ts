import { clampIndex, topFor } from '../components/scroll.ts';
import type { TenantScreen } from '../state/state.ts';
import type { SectionRow, SectionView } from './section.ts';

/** Index in `rows` of each row that the cursor may stand on. */
export function selectableIndexes({ rows }: SectionView): readonly number[] {
  return rows.flatMap(({ id }, index) => (id === null ? [] : [index]));
}

/**
 * Where the cursor stands among the selectable rows. It names a row by its id, so that a refresh does not move it onto
 * another one; where that row has gone it stays at its place.
 */
export function selectedPlace(view: SectionView, { cursor, place }: TenantScreen): number {
  const selectable = selectableIndexes(view);
  const found = cursor === null ? 0 : selectable.findIndex((index) => view.rows[index]?.id === cursor);
  return found === -1 ? clampIndex(place, selectable.length) : found;
}

export function selectedRow(view: SectionView, screen: TenantScreen): SectionRow | undefined {
  return view.rows[selectableIndexes(view)[selectedPlace(view, screen)] ?? -1];
}

/** The first row to show. The heading above the first selectable row is shown with it. */
export function topOf(view: SectionView, screen: TenantScreen, height: number): number {
  const place = selectedPlace(view, screen);
  const index = place <= 0 ? 0 : (selectableIndexes(view)[place] ?? 0);
  return topFor(index, screen.top, height, view.rows.length);
}
