import type { TenantStatus } from '#health/status.ts';
import type { Part, TenantDetail } from '#health/watcher.ts';
import { type Sign, unknownSigns } from '#themes/glyphs.ts';
import { type Column, cellsOf, layOut, titlesOf } from '../components/columns.ts';
import { legible } from '../components/legible.ts';
import { type Span, span } from '../components/line.ts';

export interface SectionRow {
  /** What the cursor holds on to while rows come and go; null for a heading, which it passes over. */
  readonly id: string | null;
  readonly spans: readonly Span[];
  /** What the row had no room for, shown below the table: a line of facts and a text that wraps. */
  readonly facts: readonly Span[];
  readonly text: string;
}

/** One part of a tenant's screen, laid out for a width. */
export interface SectionView {
  readonly titles: readonly Span[];
  readonly rows: readonly SectionRow[];
  /** In place of rows: why there are none. */
  readonly words: readonly Span[] | null;
}

export interface SectionContext {
  readonly status: TenantStatus;
  /** null until the watcher has looked closer. */
  readonly detail: TenantDetail | null;
  readonly width: number;
  readonly now: number;
}

/** A section that is a table of one part of the detail. */
export function tableOf<Row>(
  part: Part<Row> | undefined,
  context: SectionContext,
  table: {
    readonly nothing: string;
    readonly id: (row: Row) => string;
    readonly columns: (rows: readonly Row[]) => readonly Column<Row>[];
    readonly order: (rows: readonly Row[]) => readonly Row[];
    readonly facts: (row: Row) => readonly Span[];
    readonly text: (row: Row) => string;
  },
): SectionView {
  if (part?.state !== 'ready') {
    return { titles: [], rows: [], words: unavailable(part) };
  }
  if (part.rows.length === 0) {
    return { titles: [], rows: [], words: [span(table.nothing, 'text.secondary')] };
  }
  const rows = table.order(part.rows);
  const layout = layOut(table.columns(rows), context.width);
  return {
    titles: titlesOf(layout),
    rows: rows.map((row) => ({
      id: table.id(row),
      spans: cellsOf(layout, row, context.now),
      facts: table.facts(row),
      text: table.text(row),
    })),
    words: null,
  };
}

/** Loading, forbidden, unreachable, stale: each with its own sign, none of them like an empty table. */
export function unavailable<Row>(part: Exclude<Part<Row>, { state: 'ready' }> | undefined): readonly Span[] {
  if (part === undefined || part.state === 'loading') {
    return [span(`${unknownSigns.loading.glyph} loading`, 'text.secondary')];
  }
  const signs: Readonly<Record<string, Sign>> = unknownSigns;
  const sign = signs[part.reason] ?? unknownSigns.unreachable;
  return [span(`${sign.glyph} ${sign.word}: `, sign.token), span(legible(part.message))];
}
