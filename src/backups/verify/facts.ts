import type { CatalogueCounts, CountedTable } from '../contents.ts';
import type { Manifest } from '../manifest.ts';

/** What was read in a restored database, to be judged without it (facts: odoo.md §4.3). Null: it has no such table. */
export interface RestoredFacts {
  readonly catalogue: CatalogueCounts;
  readonly invalidIndexes: readonly string[];
  /** The key tables; one that is not there is left out. */
  readonly counted: readonly CountedTable[];
  /** The newest `create_date` of what people and tills write, RFC 3339. */
  readonly newestRow: string | null;
  /** Companies whose posted lines do not balance. */
  readonly unbalanced: readonly { readonly company: string; readonly difference: string }[] | null;
  /** Distinct files that `ir_attachment` names in the filestore. */
  readonly attachments: ReadonlySet<string> | null;
  readonly modules: { readonly inBetween: readonly string[]; readonly installed: Manifest['odoo']['modules'] } | null;
  readonly neutral: Neutral;
}

/** What could still reach somebody. */
export interface Neutral {
  /** `database.is_neutralized`. */
  readonly isMarked: boolean;
  /** Counts by what they are: 0 is harmless. */
  readonly live: Readonly<Record<string, number>>;
}
