import type { TenantStatus } from '#health/status.ts';
import { marks } from '#themes/glyphs.ts';
import type { MarkedTenant } from '../acting/marked.ts';
import { bottomLines } from '../components/bottom.ts';
import { cellsOf, type Layout, layOut, titlesOf } from '../components/columns.ts';
import { legible } from '../components/legible.ts';
import { paint, type Span, span, widthOf } from '../components/line.ts';
import { remembered } from '../components/remember.ts';
import { wrapWords } from '../components/wrap.ts';
import type { ConsoleState } from '../state/state.ts';
import { ageCell, layerSign, tenantColumns, tenantSign } from './columns.ts';
import { causeLines, countsLine, estateLine } from './header.ts';
import { tenantsHeights } from './heights.ts';
import { cursorIndex, shownTenants } from './rows.ts';

/** The tenant table, as many rows as the terminal has. */
export function tenantsScreen(state: ConsoleState): readonly string[] {
  const { theme } = state;
  // The last column stays empty: a terminal that wraps there would shift what follows (facts: terminal.md §1.4).
  const width = state.columns - 1;
  const shown = shownTenants(state);
  const heights = tenantsHeights(state);
  const line = (spans: readonly Span[]) => paint(spans, theme, width);
  const rule = paint([span('─'.repeat(width), 'border')], theme, width);
  const layout = layoutFor(state, width - gutter);
  const { sort } = state.tenants;
  const arrow = sort.reversed ? marks.up : marks.down;
  return [
    line(estateLine(state, width)),
    ...(heights.headers > 1 ? [line(countsLine(state, width, shown.length))] : []),
    ...causeLines(state, heights.causes).map(line),
    ...(heights.rules > 0 ? [rule] : []),
    ...(heights.titles > 0 ? [line([span(' '.repeat(gutter)), ...titlesOf(layout, { id: sort.column, arrow })])] : []),
    ...tableRows(state, layout, heights.table, width),
    ...(heights.rules > 1 ? [rule] : []),
    ...bottomLines(state, underCursor(state, heights.bottom - 1, width), heights.bottom, width).map(line),
  ];
}

/** Cursor, mark, sign, a space. */
const gutter = 4;

function tableRows(
  state: ConsoleState,
  layout: Layout<TenantStatus>,
  height: number,
  width: number,
): readonly string[] {
  const shown = shownTenants(state);
  if (shown.length === 0) {
    const lines = emptyWords(state).map((words) => paint([span(`  ${words}`, 'text.secondary')], state.theme, width));
    return Array.from({ length: height }, (_, row) => lines[row - 1] ?? '');
  }
  const cursor = cursorIndex(state);
  const { top, marks: marked } = state.tenants;
  return Array.from({ length: height }, (_, row) => {
    const tenant = shown[top + row];
    return tenant === undefined
      ? ''
      : tenantRow(state, layout, tenant, top + row === cursor, marked.has(tenant.tenant), width);
  });
}

interface PaintedRow {
  readonly layout: Layout<TenantStatus>;
  readonly theme: ConsoleState['theme'];
  readonly look: string;
  readonly text: string;
}

/** Rows as they were painted last: most of a table is the same from one frame to the next. */
const painted = new WeakMap<TenantStatus, PaintedRow>();

function tenantRow(
  { theme, now }: ConsoleState,
  layout: Layout<TenantStatus>,
  tenant: TenantStatus,
  selected: boolean,
  marked: boolean,
  width: number,
): string {
  const age = ageCell(tenant.observedAt, now);
  const look = `${selected} ${marked} ${age.text} ${age.token}`;
  const known = painted.get(tenant);
  if (known !== undefined && known.layout === layout && known.theme === theme && known.look === look) {
    return known.text;
  }
  const { glyph, token } = tenantSign(tenant);
  const spans = [
    span(selected ? marks.cursor : ' ', 'key'),
    span(marked ? marks.marked : ' ', 'mark'),
    span(`${glyph} `, token),
    ...cellsOf(layout, tenant, now),
  ];
  const text = paint(spans, theme, width, selected ? 'row.selected' : undefined);
  painted.set(tenant, { layout, theme, look, text });
  return text;
}

const layouts = remembered((_tenants: readonly TenantStatus[]) => new Map<number, Layout<TenantStatus>>());

/** The columns for these tenants at this width, made once for each picture. */
function layoutFor({ picture }: ConsoleState, width: number): Layout<TenantStatus> {
  const tenants = picture?.tenants ?? none;
  const known = layouts(tenants);
  const layout = known.get(width) ?? layOut(tenantColumns(tenants, width), width);
  known.set(width, layout);
  return layout;
}

const none: readonly TenantStatus[] = [];

/** Nothing to show is never just empty: it says whether it is early, filtered, or really nothing. */
function emptyWords({ picture, tenants: { filter }, progress }: ConsoleState): readonly string[] {
  if (picture === null || (!picture.settled && picture.tenants.length === 0)) {
    return [`… ${legible(progress ?? 'looking for tenants')}`];
  }
  if (filter !== '') {
    return [`No tenant matches ${legible(filter)}`, '', 'Esc clears the filter'];
  }
  return [
    'This estate has no tenant.',
    '',
    'till doctor says what was looked at; till estate check tries every connection.',
  ];
}

/** The tenant under the cursor in a whole sentence, over as many lines as there are: what the table may have had to cut. */
function underCursor(state: ConsoleState, most: number, width: number): readonly (readonly Span[])[] {
  const tenant = shownTenants(state)[cursorIndex(state)];
  if (tenant === undefined) {
    return [];
  }
  const decided = tenant.decidedBy === null ? null : tenant.layers[tenant.decidedBy];
  const { glyph, token } = layerSign(decided);
  const start = [
    span(` ${legible(tenant.tenant)} `, 'text.strong'),
    ...(tenant.decidedBy === null ? [] : [span(`${glyph} ${tenant.decidedBy} `, token)]),
  ];
  const message = [legible(decided?.message || tenant.message), ...troubleOf(tenant)].filter(Boolean).join('   ');
  const [first = '', ...rest] = wrapAfter(widthOf(start), message, width, most);
  return [[...start, span(first)], ...rest.map((text) => [span(` ${text}`)])];
}

/** What the mark behind its name means. */
function troubleOf({ backup }: MarkedTenant): readonly string[] {
  return backup === undefined ? [] : [`${backup.kind === 'late' ? marks.backupLate : marks.proofOld} ${backup.words}`];
}

/** Wrapped so that the first line leaves room for what stands before it. */
function wrapAfter(before: number, text: string, width: number, most: number): readonly string[] {
  const room = Math.max(8, width - before);
  const [first = ''] = wrapWords(text, room, most > 1 ? 2 : 1);
  return [first, ...wrapWords(text.slice(first.length), width - 2, most - 1)];
}
