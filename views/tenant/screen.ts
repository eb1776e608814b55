import { layers } from '#health/status.ts';
import { sparkline } from '#text/sparkline.ts';
import { marks } from '#themes/glyphs.ts';
import type { MarkedTenant } from '../acting/marked.ts';
import { bottomLines } from '../components/bottom.ts';
import { localDay } from '../components/clock.ts';
import { legible } from '../components/legible.ts';
import { leftAndRight, paint, type Span, span, widthOf } from '../components/line.ts';
import { wrapWords } from '../components/wrap.ts';
import type { ConsoleState, TenantScreen } from '../state/state.ts';
import { layerSign, tenantSign } from '../tenants/columns.ts';
import { estateLine } from '../tenants/header.ts';
import { recentOrders } from '../tenants/rows.ts';
import { tenantHeights } from './heights.ts';
import type { SectionContext, SectionRow, SectionView } from './section.ts';
import { contextFor, sectionView, tenantSections } from './sections.ts';
import { selectedRow, topOf } from './selection.ts';

/** One tenant: its three layers in words, and one section of what is behind them. */
export function tenantScreenLines(state: ConsoleState, screen: TenantScreen): readonly string[] {
  const width = state.columns - 1;
  const heights = tenantHeights(state);
  const line = (spans: readonly Span[]) => paint(spans, state.theme, width);
  const rule = line([span('─'.repeat(width), 'border')]);
  const context = contextFor(state, screen);
  const view = sectionView(state, screen);
  const selected = selectedRow(view, screen);
  const headers = [
    tenantLine(state, screen, context, width),
    tabsLine(screen, context, width),
    estateLine(state, width),
  ];
  const ordered = heights.headers === 3 ? [headers[2], headers[0], headers[1]] : headers.slice(0, heights.headers);
  return [
    ...ordered.map((spans) => line(spans ?? [])),
    ...(heights.rules > 0 ? [rule] : []),
    ...(heights.titles > 0 ? [line([span('  '), ...view.titles])] : []),
    ...table(state, screen, view, heights.table, width),
    ...(heights.rules > 1 ? [rule] : []),
    ...bottomLines(state, details(selected, heights.bottom - 1, width), heights.bottom, width).map(line),
  ];
}

function tenantLine(
  state: ConsoleState,
  { tenant }: TenantScreen,
  context: SectionContext | null,
  width: number,
): readonly Span[] {
  if (context === null) {
    return [span(` ${legible(tenant)} `, 'text.title'), span('is not in this estate (any more)', 'status.unknown')];
  }
  const { status } = context;
  const sign = tenantSign(status);
  const name = [span(` ${legible(tenant)}  `, 'text.title'), span(`${sign.glyph} ${sign.word}`, sign.token)];
  const three = layers.flatMap((layer) => {
    const { glyph, token } = layerSign(status.layers[layer]);
    return [span(`   ${layer} `, 'text.secondary'), span(glyph, token)];
  });
  const marked = [
    ...(status.frozen === null
      ? []
      : [
          span(
            `   ${marks.frozen} ${legible(status.frozen.name)} until ${localDay(status.frozen.until, state.now)}`,
            'freeze',
          ),
        ]),
    ...(status.incident === null ? [] : [span(`   ! ${legible(status.incident)}`, 'incident')]),
  ];
  const words = (...parts: readonly (string | null)[]) => [
    span(
      `${parts
        .filter((part) => part !== null && part !== '')
        .map((part) => legible(part ?? ''))
        .join(' · ')} `,
      'text.secondary',
    ),
  ];
  const { tier, environment, hosting, cluster, namespace } = status;
  const where = [cluster, namespace].filter((part) => part !== null).join('/');
  const service = tier === null ? null : `tier ${tier}`;
  const release = releasesOf(context);
  const candidates = [
    words(release, service, environment, hosting, where),
    words(release, service, environment),
    words(release, service),
    words(release ?? service),
  ];
  const full = [...name, ...three, ...marked];
  const lefts = [
    [...full, ...troubleSpans(status, 'words')],
    [...full, ...troubleSpans(status, 'sign')],
  ];
  // What runs goes before how late a backup is; that stays as its sign.
  const least = release === null ? 0 : widthOf(words(release)) + 2;
  const left = lefts.find((one) => widthOf(one) + least <= width) ??
    lefts.find((one) => widthOf(one) <= width) ?? [...name, ...marked, ...troubleSpans(status, 'sign')];
  const right = candidates.find((one) => widthOf(left) + widthOf(one) + 2 <= width) ?? [];
  return leftAndRight(left, right, width);
}

/** A backup or a proof that is late: of no layer, and not to be overlooked (b leads to them). */
function troubleSpans({ backup }: MarkedTenant, form: 'words' | 'sign'): readonly Span[] {
  if (backup === undefined) {
    return [];
  }
  const sign = backup.kind === 'late' ? marks.backupLate : marks.proofOld;
  return [span(form === 'sign' ? `   ${sign}` : `   ${sign} ${backup.words}`, 'status.warn')];
}

/** What runs, that of the newest rollout first: two at once say that one came lately. */
function releasesOf({ detail }: SectionContext): string | null {
  const workloads = detail?.workloads;
  const found = workloads?.state === 'ready' ? workloads.rows : [];
  const rows = found.toSorted((a, b) => Number(b.revision ?? 0) - Number(a.revision ?? 0));
  const images = new Set(rows.flatMap(({ containers }) => containers[0]?.image.split('/').at(-1) ?? []));
  return images.size === 0 || images.size > 3 ? null : [...images].join(', ');
}

function tabsLine({ section }: TenantScreen, context: SectionContext | null, width: number): readonly Span[] {
  const tabs = (counts: boolean) =>
    tenantSections.flatMap(({ id, title, count }, index) => {
      const open = id === section;
      const amount = !counts || context === null ? null : count(context);
      return [
        span(`${index === 0 ? ' ' : '   '}${index + 1} `, 'key'),
        span(open ? `[${title}]` : title, open ? 'text.strong' : 'text.secondary'),
        span(amount === null ? '' : ` ${amount}`, 'text.secondary'),
      ];
    });
  const full = tabs(true);
  const orders = ordersOf(context);
  if (widthOf(full) <= width) {
    return leftAndRight(full, orders, width);
  }
  const short = tabs(false);
  return widthOf(short) <= width
    ? leftAndRight(short, orders, width)
    : short.filter(({ token }) => token !== 'text.secondary');
}

/** What the shop sells: the first thing to look at after something was done about it. */
function ordersOf(context: SectionContext | null): readonly Span[] {
  const orders = context?.status.orders ?? null;
  if (context === null || orders === null) {
    return [];
  }
  return [
    span(`${recentOrders(context.status) ?? 0} orders / 15 min `, 'text.secondary'),
    span(`${sparkline(orders)} `, 'orders'),
  ];
}

function table(
  { theme, rows }: ConsoleState,
  screen: TenantScreen,
  view: SectionView,
  height: number,
  width: number,
): readonly string[] {
  const { words } = view;
  if (words !== null) {
    const at = rows >= 12 ? 1 : 0;
    return Array.from({ length: height }, (_, row) => (row === at ? paint([span('  '), ...words], theme, width) : ''));
  }
  const selected = selectedRow(view, screen);
  const top = topOf(view, screen, height);
  const lines = aired(view.rows, height);
  return Array.from({ length: height }, (_, row) => {
    const one = lines[top + row];
    if (one === undefined) {
      return '';
    }
    const here = one === selected;
    const gutter = span(here ? `${marks.cursor} ` : one.id === null ? ' ' : '  ', 'key');
    return paint([gutter, ...one.spans], theme, width, here ? 'row.selected' : undefined);
  });
}

/** With a blank row above each heading but the first, where that fits without scrolling. */
function aired(rows: readonly SectionRow[], height: number): readonly (SectionRow | undefined)[] {
  const withAir = rows.flatMap((row, index) => (row.id === null && index > 0 ? [undefined, row] : [row]));
  return withAir.length <= height ? withAir : rows;
}

/** What the selected row had no room for: its facts and then its text, or the text alone where there is one line. */
function details(row: SectionRow | undefined, count: number, width: number): readonly (readonly Span[])[] {
  if (row === undefined) {
    return [];
  }
  const text = wrapWords(row.text, width - 2, Math.max(1, count - 1)).map((one) => [span(` ${one}`)]);
  return count < 2 ? text : [[span(' '), ...row.facts], ...text];
}
