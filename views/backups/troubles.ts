import { remembered } from '../components/remember.ts';
import type { ConsoleState } from '../state/state.ts';
import { type StandingRow, standingRows } from './standing.ts';
import { troubleWords } from './words.ts';

/** What every screen marks a tenant for: a backup that is late, or a proof that is. */
export interface Trouble {
  readonly kind: 'late' | 'unproven';
  readonly words: string;
}

export type Troubles = ReadonlyMap<string, Trouble>;

/** By tenant; the same map until one of them changes. */
export function troubles(state: ConsoleState): Troubles {
  return troublesIn(standingRows(state));
}

const troublesIn = remembered((rows: readonly StandingRow[]): Troubles => {
  return new Map(
    rows.flatMap((row) => {
      const trouble = troubleWords(row);
      return trouble === null ? [] : [[row.tenant, trouble] as const];
    }),
  );
});
